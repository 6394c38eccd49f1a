"""Remedies: one an order, never more than the month's budget and the customer's share, and counted exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.aws import keys
from shared.kernel.clock import from_micros
from shared.remedies.model import ACCEPTED, in_budget_units, parse_note
from tests.simulation.reactions.kept import Kept, Violation
from tests.simulation.universe import Universe

STATES = ("remedy accepted", "remedy refused")


@dataclass(frozen=True)
class _Accepted:
    """One entry of an order's log; `cost` in ten-thousandths, `customer` and `total` are the keys of both counts."""

    order: str
    cost: int
    customer: tuple[str, str]
    total: tuple[str, str]


def reached(universe: Universe, kept: Kept) -> Iterator[str]:
    for _ in _accepted(kept):
        yield "remedy accepted"
    yield from ["remedy refused"] * universe.memory.remedies_refused


def broken(universe: Universe, kept: Kept) -> Iterator[Violation]:
    found = list(_accepted(kept))
    for order, times in Counter(one.order for one in found).items():
        if times > 1:
            yield "one_remedy_per_order", order, f"{times} accepted"
    had = {one.order for one in found}
    for order_id in sorted(universe.memory.accepted - had):
        yield "accepted_is_there", order_id, "told that it is his, and the order knows nothing of it"
    yield from _within(universe, found)
    yield from _counted(found, {(item["pk"], item["sk"]): item for item in kept["remedies"]})


def _accepted(kept: Kept) -> Iterator[_Accepted]:
    """What the logs say, also of the part that stands apart from a long one."""
    heads = {head["pk"]: head for head in kept["backorder"]}
    for item in (*kept["backorder"], *kept["earlier"]):
        head = heads[item["pk"]]
        for at, what, _, note in item.get("log", ()):
            if what == ACCEPTED:
                month = f"{from_micros(at):%Y-%m}"
                customer = keys.remedies_of_customer(month, head["storefront"], head["customer"]["id"])
                cost = in_budget_units(parse_note(note)[1])
                yield _Accepted(head["order_id"], cost, _place(customer), _place(keys.remedy_budget(month)))


def _place(key: Any) -> tuple[str, str]:
    return key["pk"], key["sk"]


def _within(universe: Universe, found: list[_Accepted]) -> Iterator[Violation]:
    settings = universe.memory.remedies
    most = Decimal(settings.get("remedy_budget_per_month", "0"))
    spent: Counter[tuple[str, str]] = Counter()
    for one in found:
        spent[one.total] += one.cost
    for (month, _), units in spent.items():
        if units > in_budget_units(str(most)):
            yield "budgets_are_kept", month, f"spent {units} ten-thousandths of {most}"
    for customer, times in Counter(one.customer for one in found).items():
        if times > settings.get("remedies_per_customer", 1):
            yield "everybody_gets_his_share", str(customer), f"accepted {times}"


def _counted(found: list[_Accepted], counts: dict[tuple[str, str], Any]) -> Iterator[Violation]:
    times = Counter(place for one in found for place in (one.customer, one.total))
    spent: Counter[tuple[str, str]] = Counter()
    for one in found:
        spent[one.total] += one.cost
    for place in sorted(times.keys() | counts.keys()):
        item = counts.get(place, {})
        if item.get("accepted", 0) != times[place] or item.get("spent", 0) != spent[place]:
            yield "remedies_are_counted", str(place), f"{times[place]} for {spent[place]}, counted {item}"
