from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functions.service import environment, running
from tests.unit.purchasing.desk import Desk


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk with one supplier; whatever a test does, the books are right afterwards."""
    with running() as service:
        for name, value in environment(service.engine, "api").items():
            monkeypatch.setenv(name, value)
        desk = Desk(service)
        desk.supplier()
        yield desk
        assert desk.violations() == []
