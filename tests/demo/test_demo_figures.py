"""The figures of a demo's report: how they add up, and that a wrong sum is found."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.demo.figures import Figures, OrderFigures, bus_figures, disagreements, verdict
from infra.local.demo.report import last_line
from shared.kernel.clock import iso

NOW = datetime(2026, 2, 1, tzinfo=UTC)
BY = NOW - timedelta(days=10)
BUCKETS = ("waiting", "allocated", "released", "shipped", "cancelled", "switched")


def quantities(**units: int) -> dict[str, int]:
    held = {bucket: units.get(bucket, 0) for bucket in BUCKETS}
    return {"ordered": sum(held.values()), **held}


def line(line_id: str = "1", *, basis: str = "next_order", by: datetime | None = BY, **units: int) -> dict[str, Any]:
    promise = {"likely": None, "by": iso(by) if by else None, "basis": basis, "revision": 1}
    return {"line_id": line_id, "quantities": quantities(**units), "first_promise": promise}


def move(event: str, source: str, target: str, units: int, *, at: datetime = BY, line_id: str = "1") -> dict[str, Any]:
    return {"event": event, "source": source, "target": target, "units": units, "at": iso(at), "line_id": line_id}


RECORDED = {"event": "recorded", "source": None, "target": None, "units": None, "at": iso(BY), "line_id": None}
ALLOCATED = move("allocate", "waiting", "allocated", 5)
RELEASED = move("release", "allocated", "released", 5)
SHIPPED = move("ship", "released", "shipped", 5)


def one_shipped_order() -> OrderFigures:
    figures = OrderFigures()
    figures.add({"lines": [line(shipped=5)]}, [RECORDED, ALLOCATED, RELEASED, SHIPPED], NOW)
    return figures


BUS = Counter(orders=1, allocated=5, shipped=5)


def test_moves_are_counted_from_the_histories() -> None:
    told = one_shipped_order().as_json()

    assert (told["orders"], told["lines"], told["units_ordered"]) == (1, 1, 5)
    assert (told["units_allocated"], told["units_released"], told["units_shipped"]) == (5, 5, 5)
    assert told["units_in"] == {bucket: 5 if bucket == "shipped" else 0 for bucket in BUCKETS}


def test_a_sound_order_has_no_disagreement() -> None:
    assert disagreements(one_shipped_order(), BUS) == []


def test_amended_units_count_as_cancelled() -> None:
    figures = OrderFigures()
    history = [move("cancel", "waiting", "cancelled", 2), move("amend", "allocated", "cancelled", 1)]
    figures.add({"lines": [line(cancelled=3)]}, history, NOW)

    assert figures.as_json()["units_cancelled"] == 3


def test_a_switched_unit_is_ordered_on_both_its_lines() -> None:
    figures = OrderFigures()
    lines = [line("1", switched=4), line("1.s1", waiting=4)]
    figures.add({"lines": lines}, [move("switch", "waiting", "switched", 4)], NOW)

    told = figures.as_json()
    assert told["units_ordered"] == 8 == sum(told["units_in"].values())
    assert (told["units_switched"], told["lines"]) == (4, 2)


@pytest.mark.parametrize(
    ("history", "bus", "complaint"),
    [
        ([ALLOCATED, RELEASED], BUS, "units released now and by the histories: 0 and 5"),
        (
            [ALLOCATED, RELEASED, SHIPPED],
            BUS + Counter(shipped=1),
            "units shipped by the histories and on the bus: 5 and 6",
        ),
        (
            [ALLOCATED, RELEASED, SHIPPED],
            BUS + Counter(allocated=1),
            "allocated by the histories and on the bus: 5 and 6",
        ),
        ([ALLOCATED, RELEASED, SHIPPED], BUS + Counter(orders=1), "orders read and announced on the bus: 1 and 2"),
    ],
)
def test_a_sum_that_does_not_agree_is_named(history: list[dict[str, Any]], bus: Counter[str], complaint: str) -> None:
    figures = OrderFigures()
    figures.add({"lines": [line(shipped=5)]}, history, NOW)

    assert any(complaint in found for found in disagreements(figures, bus))


def test_a_line_whose_quantities_do_not_add_up_is_found() -> None:
    figures = OrderFigures()
    broken = line(shipped=5)
    broken["quantities"]["ordered"] = 6
    figures.add({"lines": [broken]}, [ALLOCATED, RELEASED, SHIPPED], NOW)

    assert any("units_in of all orders and units_ordered: 5 and 6" in found for found in disagreements(figures, BUS))


LATE = BY + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("expected", "of", "moves"),
    [
        ("kept", line(allocated=5), [move("allocate", "waiting", "allocated", 5)]),
        ("broken", line(allocated=5), [move("allocate", "waiting", "allocated", 5, at=LATE)]),
        ("broken", line(allocated=5), [move("allocate", "waiting", "allocated", 4)]),
        ("broken", line(waiting=5), []),
        ("open", line(waiting=5, by=NOW + timedelta(days=1)), []),
        ("kept", line(allocated=5, by=NOW + timedelta(days=1)), [move("allocate", "waiting", "allocated", 5)]),
        ("void", line(cancelled=5), [move("cancel", "waiting", "cancelled", 5)]),
        ("broken", line(cancelled=5), [move("cancel", "waiting", "cancelled", 5, at=LATE)]),
        (
            "kept",
            line(allocated=3, cancelled=2),
            [move("allocate", "waiting", "allocated", 3), move("cancel", "waiting", "cancelled", 2)],
        ),
        (
            "broken",
            line(allocated=5),
            [move("allocate", "waiting", "allocated", 5), move("deallocate", "allocated", "waiting", 1)],
        ),
        ("none", line(basis="stock", shipped=5), [ALLOCATED]),
        ("none", line(by=None, waiting=5), []),
    ],
)
def test_a_promise_is_judged_by_the_clock_against_its_first_date(
    expected: str, of: dict[str, Any], moves: list[dict[str, Any]]
) -> None:
    assert verdict(of, moves, NOW) == expected


def test_an_event_published_twice_is_one_event() -> None:
    def event(number: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        return {"detail-type": kind, "detail": {"metadata": {"id": number}, "data": data}}

    events = [
        event("1", "backorder.recorded", {}),
        event("1", "backorder.recorded", {}),
        event("2", "line.allocated", {"units": 3}),
        event("3", "shipment.confirmed", {"lines": [{"units": 2}, {"units": 1}]}),
        event("4", "receipt.posted", {}),
        event("5", "promise.revised", {}),
    ]

    assert bus_figures(events) == Counter(orders=1, allocated=3, shipped=3, receipts=1)


def figures(**problems: Any) -> Figures:
    told = dict.fromkeys(KEYS, 0)
    given: dict[str, Any] = {"violations": [], "dead_letters": [], "disagreements": [], "failures": [], **problems}
    return Figures(told, OrderFigures(), Counter(), Counter(), **given)


KEYS = {
    "orders", "lines", "units_ordered", "units_backordered", "purchase_orders", "units_purchased", "receipts",
    "units_allocated", "units_released", "units_shipped", "units_cancelled", "units_switched", "units_in", "mails",
    "promises", "promises_kept", "dead_letters", "invariant_violations", "virtual_days", "wall_seconds",
}  # fmt: skip


def test_the_last_line_has_exactly_the_agreed_keys() -> None:
    line_of_report = last_line(figures())

    assert line_of_report.startswith("REPORT {")
    assert set(json.loads(line_of_report.removeprefix("REPORT "))) == KEYS


@pytest.mark.parametrize("problem", ["violations", "dead_letters", "disagreements", "failures"])
def test_a_run_is_sound_only_without_any_problem(problem: str) -> None:
    assert figures().sound
    assert not figures(**{problem: ["something"]}).sound
