"""Orders in any state, made with as few words as a test needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Basis, Customer, Line, OrderedLine, Promise
from shared.fulfilment.model import Release, ReleaseLine, Shipment
from shared.kernel import ids
from shared.kernel.clock import micros

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ID = ids.backorder_id(micros(NOW), "shop", "536365")
KEY = str(ids.backorder_key(ID))
CUSTOMER = Customer("c-1", "ada@example.com", "Ada", "en", "GB")


def by(days: int) -> int:
    """The end of the day `days` after the first one, as promises have it."""
    return micros(datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC) + timedelta(days=days))


def promise(days: int | None, basis: Basis = "purchase_order") -> Promise:
    return Promise(micros(NOW), *((by(days), by(days)) if days is not None else (None, None)), basis, "recorded")


def line(
    position: int = 0,
    *,
    sku: str | None = None,
    promised: int | None = 10,
    basis: Basis = "purchase_order",
    **units: int,
) -> Line:
    """A line with the units given by bucket, e.g. `line(waiting=3, shipped=2)`; promised in so many days."""
    return Line(
        backorder_id=ID,
        position=position,
        line_id=f"l{position}",
        sku=sku or f"SKU-{position}",
        rank=micros(NOW),
        ordered=sum(units.values()),
        waiting=units.pop("waiting", 0),
        promises=(promise(promised, basis),),
        unit_price="4.50",
        **units,
    )


def promised(before: Line, days: int | None, basis: Basis = "purchase_order") -> Line:
    """The line with one more revision of its promise, for what its supply has become."""
    return replace(before, promises=(*before.promises, replace(promise(days, basis), cause="supply")))


def moved(before: Line, source: str, target: str, units: int) -> Line:
    changed = {source: getattr(before, source) - units, target: getattr(before, target) + units}
    return replace(before, **changed)


def order(
    *lines: Line,
    releases: tuple[Release, ...] = (),
    customer: Customer = CUSTOMER,
    shipping: str = "split",
    mode: str = "deferred",
) -> OrderView:
    head = Backorder(
        id=ID,
        key=KEY,
        storefront="shop",
        order_id="536365",
        customer=customer,
        placed_at=micros(NOW),
        recorded_at=micros(NOW),
        rank=micros(NOW),
        priority="standard",
        shipping=shipping,  # type: ignore[arg-type]
        payment={"mode": mode},
        currency="EUR",
        lines=tuple(OrderedLine(at.line_id, at.sku, at.ordered, "1.00") for at in lines),
        digest="d",
        request_key="r",
    )
    return OrderView(head, list(lines), list(releases))


def release(n: int, *shipments: Shipment, lines: tuple[ReleaseLine, ...] = ()) -> Release:
    return Release(f"{ID}.r{n}", ID, n, micros(NOW), "released", lines, shipments)


def shipment(
    name: str, *lines: tuple[int, int], carrier: str | None = "PostNord", tracking: str | None = None
) -> Shipment:
    """A parcel with (position, units)."""
    moved_units = tuple((position, units, 0) for position, units in lines)
    return Shipment(name, "k", "d", micros(NOW), "warehouse", carrier, tracking or f"T-{name}", moved_units)
