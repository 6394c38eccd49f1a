"""Confirm what left the house; a short pick returns the rest. Recall what has not left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.model import Backorder, LineChange
from shared.backorders.ports import Stale
from shared.fulfilment.model import Release, ReleaseView, Shipment, after_shipment, parse_release_id
from shared.fulfilment.ports import FulfilmentStore
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Contended, FieldError, Invalid, KeyReused, NotFound

_TRIES = 6


@dataclass(frozen=True)
class ConfirmShipment:
    """`lines` (line id, units) short-picks what it leaves out; None ships the whole release."""

    release_id: str
    shipment_id: str
    request_key: str
    digest: str
    actor: str
    carrier: str | None = None
    tracking: str | None = None
    lines: tuple[tuple[str, int], ...] | None = None
    storefront: str | None = None


@dataclass(frozen=True)
class Shipped:
    head: Backorder
    release: Release
    replayed: bool


def find_release(release_id: str, store: FulfilmentStore, storefront: str | None) -> ReleaseView:
    """The release with its part of the order. Raises NotFound, also for another storefront's."""
    parsed = parse_release_id(release_id)
    key = ids.backorder_key(parsed[0]) if parsed else None
    found = store.read_release(key, parsed[1]) if key and parsed else None
    if found is None or found.release.id != release_id or storefront not in (None, found.head.storefront):
        raise NotFound("there is no such release")
    return found


def ship_release(command: ConfirmShipment, *, store: FulfilmentStore, now: datetime) -> Shipped:
    """Only what is released can be shipped; a sale is complete here and nowhere else.

    Raises NotFound, Invalid (line or units), Conflict (nothing left to ship, shipment id used), KeyReused.
    """
    for _ in range(_TRIES):
        found = find_release(command.release_id, store, command.storefront)
        release, shipment = found.release, _earlier(command, found.release)
        replayed = shipment is not None
        if shipment is None:
            shipment = _shipment(command, release, now)
            after = replace(after_shipment(release, shipment), version=release.version + 1)
            try:
                store.confirm(release, after)
            except Stale:
                continue
            release = after
        store.apply_shipment(found.lines, release, shipment)
        return Shipped(found.head, release, replayed)
    raise Contended("the release kept changing", retry_after=1)


def _earlier(command: ConfirmShipment, release: Release) -> Shipment | None:
    for shipment in release.shipments:
        if shipment.request_key == command.request_key:
            if shipment.digest != command.digest:
                raise KeyReused("this Idempotency-Key was used for another shipment of the release")
            return shipment
        if shipment.shipment_id == command.shipment_id:
            if shipment.digest != command.digest:
                raise Conflict(
                    "this shipment was confirmed with other content",
                    errors=(FieldError("/shipment_id", "already confirmed with other content"),),
                )
            return shipment
    return None


def _shipment(command: ConfirmShipment, release: Release, now: datetime) -> Shipment:
    if release.status == "recalled":
        raise Conflict("the release was recalled")
    open_lines = {line.line_id: line for line in release.lines if line.open}
    if not open_lines:
        raise Conflict("everything in this release has been shipped")
    picked = _picked(command, open_lines.keys() | {line.line_id for line in release.lines})
    moves = []
    for line_id, line in open_lines.items():
        units = line.open if picked is None else picked.get(line_id, 0)
        if units > line.open:
            n = [x for x, _ in command.lines or ()].index(line_id)
            raise Invalid.at(f"/lines/{n}/quantity", f"only {line.open} units are released")
        moves.append((line.position, units, line.open - units))
    if picked is not None and any(line_id not in open_lines for line_id in picked):
        raise Conflict("a line of this shipment has nothing left to ship")
    if not any(units for _, units, _ in moves):
        raise Invalid.at("/lines", "nothing would be shipped")
    return Shipment(
        shipment_id=command.shipment_id,
        request_key=command.request_key,
        digest=command.digest,
        at=micros(now),
        actor=command.actor,
        carrier=command.carrier,
        tracking=command.tracking,
        lines=tuple(moves),
    )


def _picked(command: ConfirmShipment, known: set[str]) -> dict[str, int] | None:
    if command.lines is None:
        return None
    errors = [
        FieldError(f"/lines/{n}/line_id", "is not in this release")
        for n, (line_id, _) in enumerate(command.lines)
        if line_id not in known
    ]
    if errors:
        raise Invalid("the shipment names lines that are not in the release", errors=tuple(errors))
    if len(dict(command.lines)) != len(command.lines):
        raise Invalid.at("/lines", "a line is named twice")
    return dict(command.lines)


def recall_release(
    release_id: str, *, store: FulfilmentStore, now: datetime, actor: str, reason: str = ""
) -> tuple[Backorder, Release]:
    """Units of a release not yet shipped return to allocated; the order releases nothing more until set back.

    Raises NotFound, Conflict once anything was shipped. Recalling twice is the same as once.
    """
    for _ in range(_TRIES):
        head = find_release(release_id, store, None).head
        view = store.read(head.key)
        release = next((r for r in view.releases if r.id == release_id), None) if view else None
        if view is None or release is None:
            continue
        if release.status == "recalled":
            return view.head, release
        if release.shipments:
            raise Conflict("a release that has been shipped, even in part, cannot be recalled")
        units = {line.position: line.units for line in release.lines}
        if any(line.released < units.get(line.position, 0) for line in view.lines):
            continue  # it was recalled while it was read
        at = micros(now)
        changes = [
            LineChange(line).move("recall", "released", units[line.position], at=at, actor=actor, cause=release.id)
            for line in view.lines
            if line.position in units
        ]
        after = replace(release, status="recalled", version=release.version + 1)
        try:
            store.recall(view, after, changes, at, actor, f"{release.id}: {reason}" if reason else release.id)
        except Stale:
            continue
        return view.head, after
    raise Contended("the release kept changing", retry_after=1)
