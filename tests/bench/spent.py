"""What functions count of their own consumption, added up by step: the arithmetic is theirs, here it is only watched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

from shared.costs.prices import price_table, prices
from shared.costs.steps import STEPS
from shared.runtime import spending
from tests.bench.figures import Figure, shown

BESIDE = {
    "hand on": ("fan-out-changes", "publish-events", "deliver-webhooks", "record-mail-outcomes"),
    "watch": ("chase-overdue", "audit-books"),
    "ask": ("api",),
}
"""What no step pays for: changes handed on to queues, bus and webhooks; the hourly chaser and audit, which cost the
same however little is sold; requests that look something up, or answer for a supplier."""

NOT_EXACT = ("gb_seconds", "log_bytes")
"""Time is the machine's, and a line of the log is longer when a module is."""

FLOOR: Mapping[int, Mapping[str, float]] = {
    1: {"api_requests": 1, "invocations": 1.05, "write_units": 1.03, "read_units": 0.08},
    3: {"api_requests": 1, "invocations": 1.05, "write_units": 4.09, "read_units": 0.08},
}
"""By the lines of an order what it takes at least: one request, a write of its header and of each line's place in its
queue (one for both if there is one line), and 3 % more per line for receipts, allocations and mails, if they are told by
intervals of the queue and not line by line. Computed by hand, without storage."""

MAILS = 3
_LINES = 1000

Spent = dict[str, dict[str, float]]
"""By step how much of each resource of the price table."""


@contextmanager
def watched() -> Iterator[Spent]:
    """What is consumed inside, for all functions."""
    spent: Spent = {}
    finished = spending.finished

    def seen(invocation: spending.Invocation) -> Mapping[str, float]:
        consumed = finished(invocation)
        of_step = spent.setdefault(invocation.step or _beside(invocation.service), {})
        for resource, amount in consumed.items():
            of_step[resource] = of_step.get(resource, 0) + amount
        return consumed

    with patch.object(spending, "finished", seen):
        yield spent


def _beside(service: str) -> str:
    return next(name for name, services in BESIDE.items() if service in services)


def exactly(spent: Spent) -> Spent:
    """What does not depend on the machine, in the order of the process."""
    names = [name for name in (*STEPS, *BESIDE) if name in spent]
    order = [resource for resource in price_table()["consumed"] if resource not in NOT_EXACT]
    return {name: {one: spent[name][one] for one in order if spent[name].get(one)} for name in names}


def dollars(spent: Spent, lines: int, region: str) -> dict[str, float]:
    """By step US dollars per 1,000 lines."""
    of = prices(region)
    return {name: _LINES * of.dollars(consumed) / lines for name, consumed in spent.items()}


def total(spent: Spent, lines: int, region: str) -> tuple[float, float]:
    """Dollars per 1,000 lines without mails, and of the mails."""
    mails = sum(of.get("mails", 0) for of in spent.values())
    of_mails = _LINES * prices(region).dollars({"mails": mails}) / lines
    return sum(dollars(spent, lines, region).values()) - of_mails, of_mails


def floor(lines: int, region: str) -> tuple[float, float]:
    """The lower bound of an order of so many lines in dollars per 1,000 lines: without mail, and its three mails."""
    of = prices(region)
    return _LINES * of.dollars(FLOOR[lines]) / lines, _LINES * of.dollars({"mails": MAILS}) / lines


def figures(name: str, spent: Spent, lines: int, an_order: int, region: str) -> list[Figure]:
    """A row for each step, and the sums beside the lower bound."""
    unit, exact = "$/1,000 lines", exactly(spent)
    rest, mails = total(exact, lines, region)
    least, least_mails = floor(an_order, region)
    log = prices(region).dollars({"log_bytes": sum(of.get("log_bytes", 0) for of in spent.values())})
    steps = dollars(exact, lines, region)
    return [
        *(Figure(f"{name}: {step}", share, unit) for step, share in steps.items()),
        Figure(f"{name}: without mails", rest, unit, note=f"lower bound {shown(least)}"),
        Figure(f"{name}: mails", mails, unit, note=f"lower bound {shown(least_mails)}: {MAILS} an order"),
        Figure(f"{name}: in all", rest + mails, unit, note=f"lower bound {shown(least + least_mails)}; {region}"),
        Figure(f"{name}: its log beside", _LINES * log / lines, unit, note="not exact, not in the sum"),
    ]
