from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functions.service import Service, running


@pytest.fixture
def service() -> Iterator[Service]:
    """A fresh account with the service's resources."""
    with running() as made:
        yield made


@pytest.fixture
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The AWS client repeats a call without waiting in between."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda seconds: None)
