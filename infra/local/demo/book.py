"""An order book: what customers did, in time order, whatever kind of file it was read from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BookLine:
    """One line of an order. `unit_price` is a decimal string in the book's currency."""

    line_id: str
    sku: str
    quantity: int
    unit_price: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its customer placed it. `country` is the name the source gives it."""

    at: datetime
    order_id: str
    customer_id: str
    country: str
    lines: tuple[BookLine, ...]


@dataclass(frozen=True, slots=True)
class CancelledUnits:
    """Units of one earlier line that a cancellation takes back."""

    order_id: str
    line_id: str
    units: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A customer takes back units of earlier orders."""

    at: datetime
    cancellation_id: str
    parts: tuple[CancelledUnits, ...]


Action = Order | Cancellation


@dataclass(frozen=True)
class OrderBook:
    """Actions in time order and the account of how they came about.

    `skipped` counts what was left out, `remarks` what was kept although it is odd; their keys are the rules of the
    reader that made the book, whose sentences are in `rules`.
    """

    source: str
    currency: str
    actions: tuple[Action, ...]
    descriptions: dict[str, str]
    rules: dict[str, str]
    read: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    examples: tuple[str, ...] = ()

    @property
    def orders(self) -> tuple[Order, ...]:
        return tuple(action for action in self.actions if isinstance(action, Order))

    def demand(self) -> dict[str, int]:
        """Units ordered of each SKU, SKUs in text order."""
        units: Counter[str] = Counter()
        for order in self.orders:
            for line in order.lines:
                units[line.sku] += line.quantity
        return dict(sorted(units.items()))

    def prices(self) -> dict[str, str]:
        """The first price asked for each SKU that was not nothing; "0.00" where there was none."""
        first: dict[str, str] = {}
        for order in self.orders:
            for line in order.lines:
                if first.get(line.sku, "0.00") == "0.00":
                    first[line.sku] = line.unit_price
        return first
