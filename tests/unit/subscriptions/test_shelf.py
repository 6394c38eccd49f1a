"""How many units are spare: free, and needed by nobody who waits, counted or not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.aws.telling_store import TableShelf
from tests.functions.service import Service, running
from tests.replay import seed


@pytest.mark.parametrize(
    ("scene", "spare"),
    [
        (seed.nothing, 0),
        (seed.catalog, 0),
        (seed.stocked, 10),
        (seed.bought, 4),  # six of the ten were ordered, and nobody has counted the order yet
        (seed.found, 0),  # four came, and six are waited for
        (seed.released, 0),
    ],
)
def test_what_is_spare(scene: Callable[[Service], None], spare: int) -> None:
    with running() as service:
        scene(service)
        assert service.invoke_with_table(lambda table: TableShelf(table).spare(seed.SKU)) == spare
