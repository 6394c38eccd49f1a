"""Simulations on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.backorders.model import Promise
from shared.contracts.backorder_views import promise_view
from shared.contracts.backorders import LineRef, PromiseView
from shared.contracts.common import Days, Id, Model, Quantity, Sku
from shared.contracts.purchasing import DayOrInstant
from shared.contracts.settings import HeadStarts, TimeOfDay
from shared.contracts.suppliers import LeadTime
from shared.kernel.errors import FieldError, Invalid
from shared.rehearsal import changes
from shared.rehearsal.simulate import Difference, Simulated, State

Json = dict[str, Any]
Kind = Literal["cancel_order", "priority", "purchase_order_date", "lead_time", "receipt", "settings"]

MOST_CHANGES, MOST_SKUS = 20, 50


class SupposedSettings(Model):
    """Settings that decide who gets what when; what is left out or null stays as it is."""

    head_start_days: HeadStarts | None = None
    urgency_head_start_days: Days | None = None
    hold_horizon_days: Days | None = None
    patience_days: Days | None = None
    order_cut_off: TimeOfDay | None = None


class SupposedChange(Model):
    """One change. Which fields it needs depends on `kind`:

    `cancel_order` backorder_id; `priority` backorder_id, priority; `purchase_order_date` purchase_order_id, date and
    if wanted one sku; `lead_time` supplier_id, lead_time_days; `receipt` sku, quantity; `settings` settings.
    """

    kind: Kind
    backorder_id: LineRef | None = None
    priority: Id | None = None
    purchase_order_id: LineRef | None = None
    date: DayOrInstant | None = Field(None, description="when the supplier delivers what is open")
    sku: Sku | None = None
    supplier_id: Id | None = None
    lead_time_days: LeadTime | None = None
    quantity: Quantity | None = None
    settings: SupposedSettings | None = None


class SimulationBody(Model):
    """`skus` are queues to look at beside those that the changes name; lead times and settings name none."""

    skus: Annotated[list[Sku], Field(max_length=MOST_SKUS)] = Field(default_factory=list)
    changes: Annotated[list[SupposedChange], Field(min_length=1, max_length=MOST_CHANGES)]


class StateView(Model):
    place: int | None = Field(description="among the lines that wait; null when nothing of it waits")
    waiting: int
    allocated: int = Field(description="units set aside for the line, or handed over already")
    cancelled: int
    promise: PromiseView | None


class DifferenceView(Model):
    backorder_id: str
    order_id: str
    line_id: str
    sku: str
    before: StateView
    after: StateView


class SimulationView(Model):
    """The lines that fare otherwise; both states are those after everything has settled."""

    skus: list[str] = Field(description="whose queues were looked at")
    lines: list[DifferenceView]
    left_out: int = Field(description="lines that fare otherwise and are not listed")
    unchanged: int


_NEEDS: dict[str, tuple[str, ...]] = {
    "cancel_order": ("backorder_id",),
    "priority": ("backorder_id", "priority"),
    "purchase_order_date": ("purchase_order_id", "date"),
    "lead_time": ("supplier_id", "lead_time_days"),
    "receipt": ("sku", "quantity"),
    "settings": ("settings",),
}
_MAY = {"purchase_order_date": ("sku",)}


def changes_of(body: SimulationBody) -> list[changes.Change]:
    """Raises Invalid, naming every field that a change lacks or does not have."""
    wrong = [error for n, one in enumerate(body.changes) for error in _wrong(n, one)]
    if wrong:
        raise Invalid("a change is not complete, or says too much", errors=tuple(wrong))
    return [_change(one) for one in body.changes]


def _wrong(n: int, change: SupposedChange) -> Iterator[FieldError]:
    needs, may = _NEEDS[change.kind], _MAY.get(change.kind, ())
    for name in SupposedChange.model_fields:
        there = getattr(change, name) is not None
        if name in needs and not there:
            yield FieldError(f"/changes/{n}/{name}", f"is needed for {change.kind}")
        elif there and name not in {"kind", *needs, *may}:
            yield FieldError(f"/changes/{n}/{name}", f"does not belong to {change.kind}")


def _change(one: SupposedChange) -> changes.Change:
    given: Any = one  # what a kind needs is there: see `_wrong`
    if one.kind == "cancel_order":
        return changes.CancelOrder(given.backorder_id)
    if one.kind == "priority":
        return changes.Prioritise(given.backorder_id, given.priority)
    if one.kind == "purchase_order_date":
        return changes.Redate(given.purchase_order_id, given.date, one.sku)
    if one.kind == "lead_time":
        return changes.LeadTime(given.supplier_id, given.lead_time_days.likely, given.lead_time_days.by)
    if one.kind == "receipt":
        return changes.Receipt(given.sku, given.quantity)
    return changes.Policy(given.settings.model_dump(exclude_none=True))


def simulation_view(done: Simulated) -> Json:
    return {
        "skus": done.skus,
        "lines": [_difference(one) for one in done.lines],
        "left_out": done.left_out,
        "unchanged": done.unchanged,
    }


def _difference(one: Difference) -> Json:
    line = one.line
    about = {"backorder_id": line.backorder_id, "order_id": one.order_id, "line_id": line.line_id, "sku": line.sku}
    return about | {"before": _state(one.before), "after": _state(one.after)}


def _state(state: State) -> Json:
    units = {"waiting": state.waiting, "allocated": state.allocated, "cancelled": state.cancelled}
    return {"place": state.place, **units, "promise": _promise(state.promise)}


def _promise(promise: Promise | None) -> Json | None:
    return promise_view(promise, 0)
