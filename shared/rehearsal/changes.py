"""What may be supposed. Each change is made on a stage with the pure functions that make it in earnest.

A change that cannot be made raises Invalid or Conflict, naming its own field; `simulate` says which change it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.backorders.change import take
from shared.backorders.model import Backorder, Line
from shared.catalog.model import Supplier
from shared.kernel.clock import DAY, from_micros, micros
from shared.kernel.errors import Conflict, Invalid
from shared.purchasing.answers import LineAnswer, apply
from shared.purchasing.lines import inbound, order_of
from shared.purchasing.model import UNPLACED
from shared.rehearsal.snapshot import Snapshot
from shared.rehearsal.stage import CAUSE, Stage
from shared.settings.model import MerchantSettings

Ranks = dict[str, int | None]
"""SKUs that are concerned, each with the rank from which on its queue is another one; None if only its supply is."""


@dataclass(frozen=True)
class Scene:
    """Where a change is made: `settings` are those that are supposed."""

    stage: Stage
    known: Snapshot
    settings: MerchantSettings
    now: datetime


@dataclass(frozen=True)
class CancelOrder:
    """An order gives up everything that was not handed over."""

    backorder_id: str

    def make(self, scene: Scene) -> Ranks:
        lines = [line for line in _lines(scene, self.backorder_id) if line.open]
        if not lines:
            raise Conflict.at("/backorder_id", "nothing of this order can be cancelled any more")
        for line in lines:
            scene.stage.apply(take(line, line.open, "cancel", at=micros(scene.now), actor="system", cause=CAUSE))
            scene.stage.forget_set(line)
        return {line.sku: line.rank for line in lines}


@dataclass(frozen=True)
class Prioritise:
    """An order gets another head start."""

    backorder_id: str
    priority: str

    def make(self, scene: Scene) -> Ranks:
        lines = _lines(scene, self.backorder_id)
        if self.priority not in scene.settings.head_start_days:
            known = ", ".join(sorted(scene.settings.head_start_days))
            raise Invalid.at("/priority", f"must be one of {known}")
        head = scene.known.heads([self.backorder_id])[self.backorder_id]
        rank = rank_under(scene.settings, replace(head, priority=self.priority))
        scene.stage.rank(self.backorder_id, rank)
        return {line.sku: min(rank, line.rank) for line in lines if line.open}


@dataclass(frozen=True)
class Redate:
    """A supplier confirms another date for what is open of a purchase order, or of one SKU in it."""

    purchase_order_id: str
    date: datetime
    sku: str | None = None

    def make(self, scene: Scene) -> Ranks:
        found = scene.known.reality.purchase_order(self.purchase_order_id)
        if found is None:
            raise Invalid.at("/purchase_order_id", "there is no such purchase order")
        order, lines = found
        mine = [line for line in lines if line.open and self.sku in (None, line.sku)]
        if order.stage in UNPLACED or not mine:
            raise Conflict.at("/purchase_order_id", "nothing of it is on its way")
        if self.date < scene.now - DAY:
            raise Invalid.at("/date", "has passed already")
        supplier = scene.known.reality.supplier(order.supplier_id)
        if supplier is None:
            raise Conflict.at("/purchase_order_id", "its supplier is gone")
        for line in mine:
            dated = apply(line, LineAnswer(line.sku, "changed", None, self.date), supplier, scene.now)
            stock = scene.stage.stock(line.sku)
            others = {po: i for po, i in (stock.inbound if stock else {}).items() if order_of(po) != order.id}
            scene.stage.expect(line.sku, others | inbound(order.id, dated))
        return dict.fromkeys(line.sku for line in mine)


@dataclass(frozen=True)
class LeadTime:
    """A supplier takes another time, in days, for what is not ordered yet: whatever was learned of him."""

    supplier_id: str
    likely: int
    by: int

    def make(self, scene: Scene) -> Ranks:
        supplier: Supplier | None = scene.known.reality.supplier(self.supplier_id)
        if supplier is None:
            raise Invalid.at("/supplier_id", "there is no such supplier")
        scene.stage.supplied_by(replace(supplier, lead_time_likely=self.likely, lead_time_by=self.by, learned=None))
        return {}


@dataclass(frozen=True)
class Receipt:
    """Units come that no purchase order announced."""

    sku: str
    quantity: int

    def make(self, scene: Scene) -> Ranks:
        if scene.stage.stock(self.sku) is None:
            raise Invalid.at("/sku", "there is no such item")
        scene.stage.count(self.sku, free=self.quantity, received=self.quantity)
        return {self.sku: None}


@dataclass(frozen=True)
class Policy:
    """Other settings. Head starts rank everybody who waits as if the order had been recorded under them."""

    values: Mapping[str, Any]

    def make(self, scene: Scene) -> Ranks:
        del scene  # they are in force from the beginning: see `simulate`
        return {}

    @property
    def ranks(self) -> bool:
        return not self.values.keys().isdisjoint({"head_start_days", "urgency_head_start_days"})


Change = CancelOrder | Prioritise | Redate | LeadTime | Receipt | Policy


def rank_under(settings: MerchantSettings, head: Backorder) -> int:
    """The rank of an order under these settings. A priority that they do not know keeps its place."""
    if head.priority not in settings.head_start_days:
        return head.rank
    days = settings.head_start_days[head.priority] + (settings.urgency_head_start_days if head.urgent else 0)
    return micros(from_micros(head.placed_at) - days * DAY)


def _lines(scene: Scene, backorder_id: str) -> list[Line]:
    view = scene.stage.order(backorder_id)
    if view is None:
        raise Invalid.at("/backorder_id", "there is no such backorder")
    return view.lines
