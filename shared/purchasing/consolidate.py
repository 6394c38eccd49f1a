"""From what is needed of each SKU to one purchase order for a supplier: pure arithmetic in integers and decimals.

A quantity is the need, raised to the supplier's minimum and rounded up to whole packs, in that order and in units of
the SKU, so it can never land below the minimum. An order below the supplier's minimum value is held until the quota is
reached or the oldest waiting line has waited long enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from shared.catalog.model import Item, Supplier
from shared.inventory.model import Stock
from shared.purchasing.order_days import last_day, last_order_time, local_day
from shared.settings.model import MerchantSettings


def round_up(need: int, moq: int, pack_size: int) -> int:
    """The smallest quantity on the order-unit grid that covers both the need and the minimum; 0 for no need."""
    if need <= 0:
        return 0
    packs = -(-max(need, moq) // pack_size)
    return packs * pack_size


def cheapest_quantity(need: int, item: Item) -> int:
    """What to order for a need: the least quantity on the grid, or a larger one from which on units cost less, if it
    costs less in total. Of equals the smaller."""
    least = round_up(need, item.moq, item.pack_size)
    more = [round_up(one.quantity, item.moq, item.pack_size) for one in item.price_breaks] if least else []
    return min([least, *(one for one in more if one > least)], key=lambda n: (n * Decimal(item.cost_of(n)), n))


def obstacle(item: Item, supplier: Supplier) -> str:
    """Why an item cannot be ordered from its supplier at all; empty if it can."""
    if item.sellability_when_empty == "discontinued":
        return "the item is discontinued: it cannot be ordered any more"
    if item.currency != supplier.currency:
        return f"its cost is given in {item.currency}, and orders to its supplier are in {supplier.currency}"
    return ""


@dataclass(frozen=True)
class Need:
    """An item and its counters, as read; a purchase order commits only if the need has not become smaller since."""

    item: Item
    stock: Stock

    @property
    def units(self) -> int:
        """waiting - free - on order, plus the reorder point where the item is stocked; negative is a surplus."""
        return self.stock.short - self.stock.on_order + (self.item.reorder_point or 0)

    @property
    def orderable(self) -> bool:
        """A discontinued item cannot be had any more."""
        return self.item.sellability_when_empty != "discontinued"


@dataclass(frozen=True)
class PlannedLine:
    """One SKU of a proposed order. `base` is the need on the order-unit grid; a top-up raises `quantity` above it."""

    need: Need
    base: int
    quantity: int
    home: str | None = None
    """The item's preferred supplier, where it is bought from another."""

    @property
    def sku(self) -> str:
        return self.need.item.sku

    @property
    def wanted(self) -> int:
        """Units that are needed; 0 of an item that only tops the order up."""
        return max(0, self.need.units)

    @property
    def rounding(self) -> int:
        """Units that minimum quantity, packs and price breaks add to the need."""
        return self.base - self.wanted

    @property
    def excess(self) -> int:
        """Units nobody waits for yet."""
        return self.quantity - self.wanted

    @property
    def unit_cost(self) -> Decimal:
        return Decimal(self.need.item.cost_of(self.quantity))

    @property
    def value(self) -> Decimal:
        return self.quantity * self.unit_cost


@dataclass(frozen=True)
class Decision:
    """What becomes of a supplier's basket, and why, in one sentence."""

    hold: bool
    lines: tuple[PlannedLine, ...]
    reason: str


def consolidate(needs: Iterable[Need]) -> tuple[PlannedLine, ...]:
    """The lines of one order, by SKU; what is not needed or cannot be had is left out."""
    lines = []
    for need in sorted(needs, key=lambda n: n.item.sku):
        quantity = cheapest_quantity(need.units, need.item) if need.orderable else 0
        if quantity:
            lines.append(PlannedLine(need, quantity, quantity))
    return tuple(lines)


def basket_value(lines: Iterable[PlannedLine], currency: str) -> Decimal:
    """Value of the lines priced in the supplier's currency; others cannot be added up and count nothing."""
    return sum((line.value for line in lines if line.need.item.currency == currency), Decimal(0))


def quota_missed(lines: Sequence[PlannedLine], supplier: Supplier) -> bool:
    """The basket is worth less than the supplier takes an order for."""
    return basket_value(lines, supplier.currency) < Decimal(supplier.min_order_value)


def needs_approval(lines: Sequence[PlannedLine], supplier: Supplier, approval_value: str | None) -> bool:
    """Worth more than the merchant lets pass without a look, or of a worth that cannot be told (other currency)."""
    if approval_value is None:
        return False
    foreign = any(line.need.item.currency != supplier.currency for line in lines)
    return foreign or basket_value(lines, supplier.currency) > Decimal(approval_value)


def decide(
    lines: tuple[PlannedLine, ...], supplier: Supplier, oldest: int | None, now: datetime, settings: MerchantSettings
) -> Decision:
    """Order the basket, or hold it. `oldest` is when the longest waiting line was placed (only asked if below it)."""
    if not quota_missed(lines, supplier):
        return Decision(False, lines, "")
    worth = f"{basket_value(lines, supplier.currency):f} {supplier.currency}"
    below = f"worth {worth} of the minimum of {supplier.min_order_value} {supplier.currency}"
    if oldest is None:
        return Decision(True, lines, f"held: {below}; nobody waits for it yet")
    if now < last_day(supplier, oldest):
        day = local_day(settings, last_order_time(supplier, settings, oldest)).isoformat()
        waited = f"once the oldest order has waited {supplier.max_wait_days} days"
        until = f"{day} at the latest, the first order day {waited}"
        return Decision(True, lines, f"held: {below}; it is ordered when the minimum is reached, or on {until}")
    waited = f"the oldest order has waited {supplier.max_wait_days} days"
    if supplier.when_quota_missed == "top_up":
        topped = top_up(lines, supplier)
        if not quota_missed(topped, supplier):
            return Decision(False, topped, f"topped up to the minimum: {below}, and {waited}")
    return Decision(False, lines, f"ordered anyway: {below}, but {waited}")


def top_up(lines: tuple[PlannedLine, ...], supplier: Supplier) -> tuple[PlannedLine, ...]:
    """Raise the lines in whole packs until the supplier's minimum is met, in proportion to what is needed of each.

    Every line gets the same cover, then whole packs are taken off again from the least needed on, as long as the
    minimum stays met: no line could do with a pack less. Lines without a price stay as they are.
    """
    if not quota_missed(lines, supplier):
        return lines
    if not any(_priced(line, supplier) for line in lines):
        return lines
    low, high = 100, 200  # percent of the need
    while quota_missed(_covered(lines, supplier, high), supplier):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if quota_missed(_covered(lines, supplier, middle), supplier):
            low = middle
        else:
            high = middle
    return _trimmed(_covered(lines, supplier, high), supplier)


def _priced(line: PlannedLine, supplier: Supplier) -> bool:
    return line.unit_cost > 0 and line.need.item.currency == supplier.currency


def _covered(lines: tuple[PlannedLine, ...], supplier: Supplier, percent: int) -> tuple[PlannedLine, ...]:
    return tuple(_raised(line, percent) if _priced(line, supplier) else line for line in lines)


def _raised(line: PlannedLine, percent: int) -> PlannedLine:
    item = line.need.item
    wanted = -(-line.need.units * percent // 100)
    return replace(line, quantity=max(line.base, round_up(wanted, item.moq, item.pack_size)))


def _trimmed(lines: tuple[PlannedLine, ...], supplier: Supplier) -> tuple[PlannedLine, ...]:
    spare = basket_value(lines, supplier.currency) - Decimal(supplier.min_order_value)
    out = {line.sku: line for line in lines}
    for line in sorted(lines, key=lambda one: (one.need.units, one.sku)):
        if not _priced(line, supplier):
            continue
        pack = line.need.item.pack_size
        removable = min(int(spare // (pack * line.unit_cost)), (line.quantity - line.base) // pack)
        out[line.sku] = replace(line, quantity=line.quantity - removable * pack)
        spare -= removable * pack * line.unit_cost
    return tuple(out[line.sku] for line in lines)
