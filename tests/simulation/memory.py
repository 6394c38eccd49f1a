"""What the client knows: what it asked for, and what it was told. The state must agree with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulation.integrator import Hook
    from tests.simulation.subscriber import Left, Wish

Json = dict[str, Any]


@dataclass
class Order:
    """An order as the client sent it. `told` are the outcomes it heard, of requests that are settled."""

    order_id: str
    body: Json
    key: str
    told: set[str] = field(default_factory=set)
    backorder_id: str | None = None
    cancelled: Counter[str] = field(default_factory=Counter)  # told, by line
    cancel_asked: int = 0  # most units that requests not refused may have cancelled
    switches: set[str] = field(default_factory=set)  # lines that were added
    switches_asked: int = 0
    shipped: Counter[str] = field(default_factory=Counter)
    rank_moved: bool = False

    @property
    def exists(self) -> bool:
        return self.backorder_id is not None

    @property
    def path(self) -> str:
        return f"/v1/backorders/{self.backorder_id}"


@dataclass
class Posted:
    """A receipt or correction: what was sent, and the units per SKU that the answer said were posted."""

    body: Json
    key: str
    told: set[str] = field(default_factory=set)
    units: Counter[str] = field(default_factory=Counter)


@dataclass
class Memory:
    """Everything of one seed."""

    skus: list[str] = field(default_factory=list)
    suppliers: list[str] = field(default_factory=list)
    cards: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    bulk: dict[str, Json] = field(default_factory=dict)  # order_id -> body sent to the queue
    receipts: dict[str, Posted] = field(default_factory=dict)
    corrections: dict[str, Posted] = field(default_factory=dict)
    shipments: dict[str, Json] = field(default_factory=dict)  # shipment_id -> path, body, key
    approvals: Counter[str] = field(default_factory=Counter)  # asked for, by purchase order
    poison: set[str] = field(default_factory=set)
    settings: Json = field(default_factory=dict)
    remedies: Json = field(default_factory=dict)  # settings that never change, so that the budget is one
    accepted: set[str] = field(default_factory=set)  # orders whose customer was told that he gets a remedy
    remedies_refused: int = 0  # because they were used up
    hooks: dict[str, Hook] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    leavings: list[Left] = field(default_factory=list)
    closed: dict[str, int] = field(default_factory=dict)  # mailbox -> how many mails there were when it was closed
    wrong: list[tuple[str, str, str]] = field(default_factory=list)  # answers that contradict others

    def existing(self) -> list[Order]:
        return [order for order in self.orders.values() if order.exists]
