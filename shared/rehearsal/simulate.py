"""What a change would mean for everybody who waits: the same queues settled without it and with it, and compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shared.backorders.model import Line, Promise
from shared.kernel.errors import FieldError, Invalid, ServiceError
from shared.promising.repromise import with_basis
from shared.rehearsal.changes import Change, Policy, Ranks, Scene, rank_under
from shared.rehearsal.ports import Identity, Reality
from shared.rehearsal.snapshot import Snapshot
from shared.rehearsal.stage import Stage, identity
from shared.settings.model import MerchantSettings

MOST_LISTED = 1_000


@dataclass(frozen=True)
class State:
    """One line as it would be once everything has settled. `allocated` units are set aside for it or handed over."""

    place: int | None
    waiting: int
    allocated: int
    cancelled: int
    promise: Promise | None

    def same(self, other: State) -> bool:
        """A promise is another one when its dates are, or what they stand on."""
        mine, its = (
            (one.place, one.waiting, one.allocated, one.cancelled, *_said(one.promise)) for one in (self, other)
        )
        return mine == its


@dataclass(frozen=True)
class Difference:
    """A line that fares otherwise."""

    line: Line
    order_id: str
    before: State
    after: State


@dataclass(frozen=True)
class Simulated:
    """`lines` are those that fare otherwise, by SKU and place; at most MOST_LISTED, `left_out` more; the rest not."""

    skus: list[str]
    lines: list[Difference]
    left_out: int
    unchanged: int


def simulate(
    changes: Sequence[Change], skus: Iterable[str], *, reality: Reality, settings: MerchantSettings, now: datetime
) -> Simulated:
    """Nothing is written. Raises Invalid and Conflict, naming the change; Conflict when it would be too much to read,
    Unavailable while units are on their way.
    """
    known = Snapshot(reality)
    _check(skus, known)
    policy = [change for change in changes if isinstance(change, Policy)]
    supposed = settings
    for one in policy:
        supposed = replace(supposed, **one.values)
    ranking = partial(rank_under, supposed) if any(one.ranks for one in policy) else None
    before, after = Stage(known), Stage(known, ranking)
    looked_at: Ranks = dict.fromkeys(skus, None if ranking is None else 0)
    for n, change in enumerate(changes):
        for sku, rank in _make(n, change, Scene(after, known, supposed, now)).items():
            looked_at[sku] = _earlier(rank, looked_at.get(sku))
    if not looked_at:
        raise Invalid.at("/skus", "is needed: these changes alone do not say whose queue to look at")
    after.settle(looked_at, supposed, now)
    before.settle(dict.fromkeys(after.touched), settings, now)
    if before.touched != after.touched:
        after.settle(dict.fromkeys(before.touched) | looked_at, supposed, now)
    return _compared(known, before, after)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((rank for rank in (one, other) if rank is not None), default=None)


def _check(skus: Iterable[str], known: Snapshot) -> None:
    known.look_at(skus)
    unknown = [n for n, sku in enumerate(skus) if known.shelf(sku) is None]
    if unknown:
        raise Invalid(
            "there are no such items",
            errors=tuple(FieldError(f"/skus/{n}", "there is no such item") for n in unknown),
        )


def _make(n: int, change: Change, scene: Scene) -> Ranks:
    try:
        return change.make(scene)
    except ServiceError as error:
        if not error.errors:
            raise
        where = tuple(FieldError(f"/changes/{n}{field.pointer}", field.detail) for field in error.errors)
        raise type(error)(error.detail, errors=where) from None


def _compared(known: Snapshot, before: Stage, after: Stage) -> Simulated:
    skus = sorted(before.touched | after.touched)
    found: list[tuple[Line, State, State]] = []
    for sku in skus:
        was, is_ = _states(before, sku), _states(after, sku)
        lines = {identity(line): line for stage in (before, after) for line in stage.lines(sku)}
        for one, line in lines.items():
            found.append((line, was.get(one) or _state(before, line), is_.get(one) or _state(after, line)))
    different = [(line, was, is_) for line, was, is_ in found if not was.same(is_)]
    listed = sorted(different, key=lambda one: (one[0].sku, one[0].sort_key))[:MOST_LISTED]
    heads = known.heads(line.backorder_id for line, _, _ in listed)
    lines_ = [
        Difference(line, heads[line.backorder_id].order_id, was, is_)
        for line, was, is_ in listed
        if line.backorder_id in heads
    ]
    return Simulated(skus, lines_, len(different) - len(listed), len(found) - len(different))


def _states(stage: Stage, sku: str) -> dict[Identity, State]:
    out: dict[Identity, State] = {}
    place = 0
    for line in stage.lines(sku):
        place += bool(line.waiting)
        out[identity(line)] = replace(_state(stage, line), place=place if line.waiting else None)
    return out


def _state(stage: Stage, line: Line) -> State:
    """`line` names it: the other stage may have moved it."""
    now = stage.line(identity(line)) or line
    promise = with_basis(now, stage.stock(now.sku)).promise
    return State(None, now.waiting, now.live - now.waiting, now.cancelled, promise)


def _said(promise: Promise | None) -> tuple[object, ...]:
    return () if promise is None else (promise.likely, promise.by, promise.basis)
