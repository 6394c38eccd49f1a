"""Hand allocated units of an order to the warehouse: one release for all that is ready, at most 90 lines each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.lookup import OrderView
from shared.backorders.model import LineChange, finished
from shared.backorders.ports import Stale
from shared.fulfilment.model import LINES_PER_RELEASE, Release, ReleaseLine, release_id, unassigned
from shared.fulfilment.ports import FulfilmentStore
from shared.kernel.clock import micros
from shared.kernel.errors import Contended

_TRIES = 6


@dataclass
class Released:
    """What one run did."""

    releases: int = 0
    units: int = 0
    lines: int = 0


def release_order(key: str, *, store: FulfilmentStore, now: datetime) -> Released:
    """Bring an order's releases up to what its lines say. Idempotent: run it as often as you like.

    The order is read again only after lines moved. What others change meanwhile sends a message of its own.
    """
    done = Released()
    for _ in range(_TRIES):
        view = store.read(key)
        if view is None:
            return done
        try:
            if _step(view, store, now):
                continue
            _create_releases(view, store, now, done)
        except Stale:
            continue
        if finished(view.lines):
            store.finish(view)
        return done
    raise Contended("the order kept changing", retry_after=5)


def _step(view: OrderView, store: FulfilmentStore, now: datetime) -> bool:
    """One write that moves lines; False when none of them has to move."""
    if view.behind:
        store.follow(view)
        return True
    if _settle_shipments(view, store):
        return True
    changes = _hand_over(view, now)
    if changes:
        store.hand_over(view, changes)
    return bool(changes)


def _create_releases(view: OrderView, store: FulfilmentStore, now: datetime, done: Released) -> None:
    while (release := _next_release(view, now)) is not None:
        store.create(release)
        view = replace(view, releases=[*view.releases, release])
        done.releases += 1
        done.units += sum(line.units for line in release.lines)
        done.lines += len(release.lines)


def _settle_shipments(view: OrderView, store: FulfilmentStore) -> bool:
    """Shipments confirmed on a release whose lines were not all written (a crash in between)."""
    moved = 0
    for release in view.releases:
        for shipment in release.shipments:
            moved += store.apply_shipment(view.lines, release, shipment)
    return moved > 0


def _hand_over(view: OrderView, now: datetime) -> list[LineChange]:
    """Lines whose allocated units may go, or whose released units must come back because the order is held."""
    at = micros(now)
    if view.head.release == "held":
        return [
            LineChange(line).move("recall", "released", extra, at=at, actor="system", cause="order held")
            for line, extra in unassigned(view.lines, view.releases)
        ]
    if view.head.shipping == "hold" and any(line.waiting for line in view.lines):
        return []
    return [
        LineChange(line).move("release", "allocated", line.allocated, at=at, actor="system", cause="ready")
        for line in view.lines
        if line.allocated
    ]


def _next_release(view: OrderView, now: datetime) -> Release | None:
    lines = [
        ReleaseLine(line.position, line.line_id, line.sku, units)
        for line, units in unassigned(view.lines, view.releases)
    ]
    if not lines:
        return None
    n = len(view.releases) + 1
    return Release(
        id=release_id(view.head.id, n),
        backorder_id=view.head.id,
        n=n,
        at=micros(now),
        status="released",
        lines=tuple(lines[:LINES_PER_RELEASE]),
    )
