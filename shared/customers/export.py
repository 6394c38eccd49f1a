"""Hand out what is known of a person, piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.backorders.lookup import OrderReader, OrderView
from shared.customers.erase import about
from shared.customers.model import Enough, Place, Trace, Traces


@dataclass
class Known:
    """What one stretch of the walk found; `next` None: the end was reached. `others` are not orders."""

    orders: list[OrderView] = field(default_factory=list)
    others: list[Trace] = field(default_factory=list)
    next: Place | None = None


def export_customer(
    email: str, start: Place, *, traces: Traces, orders: OrderReader, enough: Enough, lines_at_once: int
) -> Known:
    """Go on from `start` until there is `enough`, or a good answer's worth of lines."""
    known, lines = Known(), 0
    for place, trace in traces.walk(email, start):
        view = orders.read(trace.key) if trace is not None and trace.kind == "order" else None
        if view is not None and about(view, email):
            known.orders.append(view)
            lines += len(view.lines)
        elif trace is not None and trace.kind != "order":
            known.others.append(trace)
        if enough() or lines >= lines_at_once:
            known.next = place
            break
    return known
