"""Units and calls are exact, so that one write more than yesterday is seen today.

If the new number is meant to be: `python -m tests.bench --write-units`, and say why in the change.
"""

from __future__ import annotations

import pytest

from tests.bench import units
from tests.bench.life import WRITE_UNITS_PER_LINE


@pytest.mark.parametrize("name", units.CASES)
def test_it_costs_what_is_written_down(name: str) -> None:
    assert units.CASES[name]() == units.written()["cases"][name]


@pytest.mark.slow
@pytest.mark.parametrize("name", units.LIVES)
def test_a_life_costs_what_is_written_down(name: str) -> None:
    assert units.lived(units.LIVES[name]) == units.written()["life"][name]


def test_a_line_of_a_merchants_day_costs_at_most_ten_write_units() -> None:
    day = units.written()["life"]["a merchant's day"]
    assert day["write_units"] <= WRITE_UNITS_PER_LINE * day["lines"]


def test_nothing_is_written_down_that_is_not_counted() -> None:
    written = units.written()
    assert (set(written["cases"]), set(written["life"])) == (set(units.CASES), set(units.LIVES))
