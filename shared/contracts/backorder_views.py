"""Backorders as everybody reads them: plain JSON values of the shapes in `contracts.backorders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.backorders.lookup import OrderView
from shared.backorders.model import BUCKETS, Backorder, Line, Promise
from shared.backorders.queries import Cover, Place
from shared.consent.model import Round
from shared.contracts.common import iso
from shared.fulfilment.model import Release
from shared.inventory.model import Stock

Json = dict[str, Any]


def promise_view(promise: Promise | None, revision: int) -> Json | None:
    if promise is None:
        return None
    dates = {"likely": iso(promise.likely), "by": iso(promise.by)}
    return {**dates, "basis": promise.basis, "revision": revision}


def line_view(line: Line) -> Json:
    return {
        "line_id": line.line_id,
        "sku": line.sku,
        "quantities": {"ordered": line.ordered} | {bucket: getattr(line, bucket) for bucket in BUCKETS},
        "status": line.status,
        "unit_price": line.unit_price,
        "switched_from": line.switched_from,
        "promise": promise_view(line.promise, len(line.promises)),
        "first_promise": promise_view(line.first_promise, 1),
    }


def release_view(release: Release) -> Json:
    lines = [{"line_id": x.line_id, "sku": x.sku, "quantity": x.units, "shipped": x.shipped} for x in release.lines]
    shipments = [
        {"shipment_id": s.shipment_id, "carrier": s.carrier, "tracking": s.tracking, "shipped_at": iso(s.at)}
        for s in release.shipments
    ]
    return {
        "release_id": release.id,
        "backorder_id": release.backorder_id,
        "status": release.status,
        "created_at": iso(release.at),
        "lines": lines,
        "shipments": shipments,
    }


def customer_view(head: Backorder) -> Json:
    who = head.customer
    plain = {"id": who.id, "email": who.email, "name": who.name, "locale": who.locale}
    return {**plain, "country": who.country or None}


def release_to_ship(head: Backorder, release: Release) -> Json:
    order = {"order_id": head.order_id, "storefront": head.storefront, "customer": customer_view(head)}
    return release_view(release) | order


def backorder_view(view: OrderView, customer_page: str | None = None) -> Json:
    """`customer_page` is the address of the page behind the customer's signed link."""
    head = view.head
    return {
        "backorder_id": head.id,
        "order_id": head.order_id,
        "storefront": head.storefront,
        "status": view.status,
        "consent": view.consents.status(view.lines),
        "placed_at": iso(head.placed_at),
        "recorded_at": iso(head.recorded_at),
        "priority": head.priority,
        "urgent": head.urgent,
        "need_by": iso(head.need_by),
        "shipping": head.shipping,
        "release": head.release,
        "payment": {
            "mode": head.payment["mode"],
            **{name: head.payment.get(name) for name in _ABOUT_PAYMENT},
        },
        "currency": head.currency,
        "customer": customer_view(head),
        "version": head.version,
        "lines": [line_view(line) for line in view.lines],
        "releases": [release_view(release) for release in view.releases],
        "links": {"self": f"/v1/backorders/{head.id}", "customer": customer_page},
    }


_ABOUT_PAYMENT = ("authorisation_expires_at", "status", "reauthorise", "place_kept_until")


def units_view(units: Mapping[str, int]) -> list[Json]:
    return [{"line_id": line_id, "quantity": n} for line_id, n in units.items()]


def stock_view(stock: Stock, lines: list[Line]) -> Json:
    """`waiting` is summed over the lines, like all that lines have; the counters agree after settling."""
    totals = {b: sum(getattr(line, b) for line in lines) for b in ("allocated", "released", "shipped", "waiting")}
    return {
        "sku": stock.sku,
        "free": stock.free,
        "received": stock.received,
        "corrections": stock.corrections,
        "on_order": stock.on_order,
        **totals,
    }


def supply_view(pegged: Sequence[Cover]) -> list[Json]:
    """What a line is pegged to, part by part."""
    return [
        {"source": c.source, "units": c.units, "likely": iso(c.likely), "by": iso(c.by), "confirmed": c.confirmed}
        for c in pegged
    ]


def explanation_view(backorder_id: str, line: Line, place: Place, pegged: Sequence[Cover]) -> Json:
    """Where a line stands and what it is pegged to."""
    return {
        "backorder_id": backorder_id,
        "line_id": line.line_id,
        "sku": line.sku,
        "status": line.status,
        "place": place.place,
        "units_ahead": place.ahead,
        "waiting": line.waiting,
        "free": place.stock.free,
        "supply": supply_view(pegged),
        "promise": promise_view(line.promise, len(line.promises)),
    }


def history_view(view: OrderView, notices: list[Json]) -> Json:
    """Everything that happened to the order, oldest first."""
    head = view.head
    events: list[tuple[int, Json]] = [
        (head.recorded_at, {"event": "recorded", "actor": f"storefront:{head.storefront}", "cause": head.order_id})
    ]
    logged = (*head.apart.log, *head.log)
    events += [(at, {"event": what, "actor": actor, "cause": note}) for at, what, actor, note in logged]
    for line in view.lines:
        events += _line_events(line)
    for release in view.releases:
        events.append((release.at, {"event": "release_created", "actor": "system", "cause": release.id}))
    events += [(n["at"], {k: v for k, v in n.items() if k != "at"}) for n in notices]
    for asked in view.consents.rounds:
        events += _consent_events(asked)
    events.sort(key=lambda pair: pair[0])
    return {"backorder_id": head.id, "items": [{"at": iso(at), **_full(event)} for at, event in events]}


_OPTIONAL = ("line_id", "sku", "units", "source", "target", "promise", "revision")


def _full(event: Json) -> Json:
    return dict.fromkeys(_OPTIONAL) | event


def _consent_events(asked: Round) -> list[tuple[int, Json]]:
    """What the customer was asked, and how it ended."""
    until = f"{asked.rule}: answer by {iso(asked.deadline)}, silence means {asked.on_silence}"
    events: list[tuple[int, Json]] = [(asked.opened_at, {"event": "consent_asked", "actor": "system", "cause": until})]
    if asked.closed_at is not None:
        answer = {"event": f"consent_{asked.state}", "actor": asked.actor or "system", "cause": asked.rule}
        events.append((asked.closed_at, answer))
    return events


def _line_events(line: Line) -> list[tuple[int, Json]]:
    about = {"line_id": line.line_id, "sku": line.sku}
    moves = [
        (
            e.at,
            {"event": e.move, "actor": e.actor, "cause": e.cause, "units": e.units, **about}
            | {"source": e.source, "target": e.target},
        )
        for e in line.log
    ]
    promises = [
        (p.at, {"event": "promised", "actor": "system", "cause": p.cause, "promise": promise_view(p, n), **about})
        for n, p in enumerate(line.promises, start=1)
    ]
    return moves + promises
