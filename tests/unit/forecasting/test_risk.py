"""When a stocked item is at risk, and how much."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import log

import pytest

from shared.catalog.model import Item
from shared.forecasting.demand import Demand
from shared.forecasting.risk import AT_RISK_FROM, Risk, Supply, assess, by_urgency

LAMP = Item("LAMP", "acme", unit_cost="2.50", reorder_point=5)


def ten_a_day(days: int) -> Demand:
    """Ten units a day, nearly certain."""
    return Demand(0.0, log(10 * days), 0.01)


def risk(available: int, *arrivals: tuple[int, int], days: int = 6) -> Risk | None:
    return assess(LAMP, Supply(available, arrivals, days), ten_a_day)


def must(found: Risk | None) -> Risk:
    assert found is not None
    return found


def test_stock_that_lasts_until_supply_can_come_is_no_risk() -> None:
    assert risk(70) is None
    assert risk(25, (2, 50)) is None


def test_stock_that_does_not_last_is_missed_by_what_is_asked_for_beyond_it() -> None:
    found = must(risk(25))

    assert (found.probability, found.runs_out) == (100, 3)
    assert Decimal(found.unmet) == pytest.approx(35, abs=Decimal("0.2"))
    assert Decimal(found.value) == pytest.approx(Decimal("87.50"), abs=Decimal("0.2"))
    assert (found.likely, found.days) == (60, 6)


def test_what_arrives_too_late_does_not_help() -> None:
    """Forty are asked for before sixty come: with 25 there are 15 too few, though there is enough in the end."""
    found = must(risk(25, (4, 60)))

    assert (found.runs_out, found.on_order) == (3, 60)
    assert Decimal(found.unmet) == pytest.approx(15, abs=Decimal("0.2"))


def test_what_arrives_after_a_new_order_would_have_come_is_left_out() -> None:
    assert must(risk(25, (6, 600))).unmet == must(risk(25)).unmet


def test_two_arrivals_on_one_day_are_both_there_after_it() -> None:
    assert risk(25, (2, 20), (2, 30)) is None
    assert must(risk(5, (1, 5), (2, 5))).runs_out == 1


def test_who_waits_already_is_ahead_of_what_will_be_asked_for() -> None:
    found = must(risk(-10))

    assert (found.probability, found.runs_out, found.available) == (100, 1, -10)
    assert Decimal(found.unmet) == pytest.approx(70, abs=Decimal("0.2"))


def test_a_sku_is_listed_from_one_chance_in_ten_on() -> None:
    def lumpy(days: int) -> Demand:
        return Demand(0.7, log(20), 0.5)

    enough = lumpy(6).quantile(1 - AT_RISK_FROM)

    assert assess(LAMP, Supply(enough + 1, (), 6), lumpy) is None
    found = must(assess(LAMP, Supply(enough - 2, (), 6), lumpy))
    assert 10 <= found.probability < 20
    assert found.runs_out is None


def test_the_list_is_ranked_by_value_then_units_then_sku() -> None:
    one = must(risk(25))
    dear, many = (
        replace(one, sku="DEAR", value="90.00", unmet="1.0"),
        replace(one, sku="MANY", value="9.00", unmet="99.0"),
    )
    few, alike = replace(many, sku="FEW", unmet="9.0"), replace(many, sku="ALIKE")

    ranked = sorted([few, many, alike, dear], key=by_urgency)

    assert [risk.sku for risk in ranked] == ["DEAR", "ALIKE", "MANY", "FEW"]
