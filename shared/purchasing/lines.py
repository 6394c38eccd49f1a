"""One line of a purchase order: what was ordered of a SKU, what still comes of it and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from shared.catalog.model import Item, PriceBreak
from shared.inventory.model import Inbound

Reply = Literal["accepted", "changed", "rejected", "backordered"]


@dataclass(frozen=True)
class Dates:
    """When units are expected, in microseconds since 1970: `likely` is the median, `by` the cautious date."""

    likely: int
    by: int


@dataclass(frozen=True)
class Later:
    """The part of a line's open units that the supplier has put off to another date."""

    units: int
    dates: Dates
    firm: bool = True


@dataclass(frozen=True)
class PurchaseOrderLine:
    """One SKU of a purchase order.

    `due` is the date last given (by the lead time or by the supplier); `dates` is what is promised on, which moves on
    when that date passes without goods. `firm` means that the supplier has confirmed the dates. `answer` is the
    supplier's last answer as given, so that a repeated answer changes nothing; `despatches` are the numbers of the
    deliveries that he has announced. `first_date` is the first date he named, which never changes: he is judged by it.
    `home` is the item's preferred supplier where the order goes to another: units that do not come are needed of him.
    `taken_off` are units that we no longer wanted after the supplier had the order: they are not ordered any more.
    `moq`, `pack_size` and `prices` (what a unit costs from how many on, where that was more than one price) are the
    terms it was ordered on; None on lines of earlier releases, which did not keep them.
    """

    sku: str
    ordered: int
    open: int
    dates: Dates
    due: int
    received: int = 0
    closed_short: int = 0
    taken_off: int = 0
    over: int = 0
    rejected_units: int = 0
    last_received_at: int | None = None
    first_date: int | None = None
    firm: bool = False
    later: Later | None = None
    reply: Reply | None = None
    answer: tuple[str, ...] = ()
    despatches: tuple[str, ...] = ()
    need: int = 0
    rounding: int = 0
    excess: int = 0
    unit_cost: str = "0"
    supplier_sku: str | None = None
    description: str = ""
    home: str | None = None
    moq: int | None = None
    pack_size: int | None = None
    prices: tuple[PriceBreak, ...] = ()
    version: int = 1

    def __post_init__(self) -> None:
        parts = (self.open, self.received, self.closed_short)
        if sum(parts) != self.ordered or min(parts) < 0:
            raise ValueError(f"quantities of purchase order line {self.sku} do not add up")
        if self.later is not None and not 0 < self.later.units <= self.open:
            raise ValueError(f"more units of {self.sku} are put off than are open")

    @property
    def early(self) -> int:
        """Open units that are not put off."""
        return self.open - (self.later.units if self.later else 0)

    @property
    def listed(self) -> bool:
        """Whether it stands on the order that the supplier has, if only as taken off."""
        return self.ordered > 0 or self.taken_off > 0

    @property
    def unanswered(self) -> bool:
        """Whether something is to come of it and the supplier has not said anything to it."""
        return self.open > 0 and self.reply is None

    @property
    def named(self) -> bool:
        """Whether the supplier has named the date on which it is due."""
        return self.firm and len(self.answer) > 2 and bool(self.answer[2])

    def as_ordered(self, today: Item, offered: Item | None) -> Item | None:
        """The item on the terms that the line was ordered on, whatever its card says `today`.

        Where nobody kept them the unit cost stays whatever the quantity (its breaks are not known), on the grid of what
        the supplier has `offered` since; None if he offers nothing any more.
        """
        if self.moq is None or self.pack_size is None:
            return offered and replace(offered, unit_cost=self.unit_cost, price_breaks=())
        return replace(
            today, moq=self.moq, pack_size=self.pack_size, unit_cost=self.unit_cost, price_breaks=self.prices
        )

    @property
    def value(self) -> Decimal:
        return self.ordered * Decimal(self.unit_cost)

    def receive(self, units: int, *, rejected: int = 0, at: int | None = None) -> PurchaseOrderLine:
        """Goods have come: what is open is filled first, the earlier part before what was put off; the rest is over."""
        applied = min(units, self.open)
        after = replace(
            self,
            open=self.open - applied,
            received=self.received + applied,
            over=self.over + units - applied,
            rejected_units=self.rejected_units + rejected,
            last_received_at=self.last_received_at if at is None else at,
            later=self._later(self.open - applied),
        )
        return after.of_what_comes()

    def of_what_comes(self) -> PurchaseOrderLine:
        """The line by what still comes of it: where all of that was put off, its date is the line's. The dates that the
        line had belonged to units that are here or will not come."""
        if self.later is None or self.early:
            return self
        dates = self.later.dates
        return replace(self, dates=dates, due=dates.likely, firm=self.later.firm, later=None)

    def close(self) -> PurchaseOrderLine:
        """Nothing more comes."""
        return replace(self, open=0, closed_short=self.closed_short + self.open, later=None)

    def confirm(self, units: int) -> PurchaseOrderLine:
        """The supplier delivers `units` in all: less closes the difference, more reopens or adds it."""
        left = max(0, units - self.received)
        ordered = max(self.ordered, self.received + left)
        return replace(self, ordered=ordered, open=left, closed_short=ordered - self.received - left, later=None)

    @property
    def refused(self) -> int:
        """Units that the supplier has said he does not deliver. Where he never answered, we have closed them."""
        return self.closed_short if self.reply is not None else 0

    def reopen(self, units: int) -> PurchaseOrderLine:
        """So many come after all of what the supplier had refused."""
        more = min(units, self.refused)
        return replace(self, open=self.open + more, closed_short=self.closed_short - more)

    def shrink(self, ordered: int, unit_cost: str | None = None) -> PurchaseOrderLine:
        """Order less, at what so many cost (None: as before), and never less than what has come or was closed."""
        less = self.ordered - ordered
        after = replace(
            self,
            ordered=ordered,
            open=self.open - less,
            unit_cost=self.unit_cost if unit_cost is None else unit_cost,
            need=max(0, self.need - less),
            rounding=min(self.rounding, ordered),
            excess=max(0, ordered - max(0, self.need - less)),
            later=self._later(self.open - less),
        )
        return after.of_what_comes()

    def take_off(self, ordered: int, unit_cost: str | None = None) -> PurchaseOrderLine:
        """Order less of a line that the supplier has been told of: he is shown what was taken off."""
        return replace(self.shrink(ordered, unit_cost), taken_off=self.taken_off + self.ordered - ordered)

    def _later(self, open_units: int) -> Later | None:
        if self.later is None or not open_units:
            return None
        return replace(self.later, units=min(self.later.units, open_units))


def inbound(purchase_order_id: str, line: PurchaseOrderLine) -> dict[str, Inbound]:
    """What the line brings, as it stands in the SKU's stock: one entry, or two when a part was put off."""
    entries: dict[str, Inbound] = {}
    if line.early:
        entries[purchase_order_id] = Inbound(line.early, line.dates.likely, line.dates.by, line.firm)
    if line.later is not None:
        dates = line.later.dates
        entries[put_off(purchase_order_id)] = Inbound(line.later.units, dates.likely, dates.by, line.later.firm)
    return entries


def put_off(purchase_order_id: str) -> str:
    """Name of the entry for the part of a line that comes later."""
    return f"{purchase_order_id}#later"


def order_of(entry: str) -> str:
    """The purchase order that an inbound entry belongs to."""
    return entry.removesuffix("#later")
