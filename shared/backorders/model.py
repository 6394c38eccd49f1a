"""A backorder and its lines: six quantities, the moves between them, and the statuses that follow from them.

Quantities are the truth; every status is derived. A move takes units out of one bucket into exactly one other and
leaves an entry in the line's log, in the same write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from shared.backorders.remembered import Apart

SortKey = tuple[int, str, int]
"""A place in a queue: rank, backorder id (time-ordered), position of the line in its order."""

Bucket = Literal["waiting", "allocated", "released", "shipped", "cancelled", "switched"]
BUCKETS: tuple[Bucket, ...] = ("waiting", "allocated", "released", "shipped", "cancelled", "switched")
LETTER: dict[Bucket, str] = dict(zip(BUCKETS, "warscx", strict=True))

MOVES: dict[str, tuple[tuple[Bucket, ...], Bucket]] = {  # what each may connect; nothing else changes a quantity
    "allocate": (("waiting",), "allocated"),
    "deallocate": (("allocated",), "waiting"),
    "release": (("allocated",), "released"),
    "recall": (("released",), "allocated"),
    "ship": (("released",), "shipped"),
    "cancel": (("waiting", "allocated"), "cancelled"),
    "amend": (("waiting", "allocated"), "cancelled"),
    "switch": (("waiting", "allocated"), "switched"),
}

Shipping = Literal["split", "hold"]
Basis = Literal["stock", "purchase_order", "next_order", "made_to_order", "none"]


@dataclass(frozen=True)
class Promise:
    """One revision of a line's promise. Times are microseconds since 1970; both None when no date can be given."""

    at: int
    likely: int | None
    by: int | None
    basis: Basis
    cause: str

    def same_dates(self, other: Promise) -> bool:
        return (self.likely, self.by) == (other.likely, other.by)

    def not_before(self, earlier: Promise | None) -> Promise:
        """This revision behind an earlier one: where clocks differ, it is dated no earlier than what it revises."""
        return self if earlier is None or earlier.at <= self.at else replace(self, at=earlier.at)


@dataclass(frozen=True)
class Entry:
    """One move in a line's log."""

    at: int
    move: str
    source: Bucket | None
    target: Bucket
    units: int
    actor: str
    cause: str


@dataclass(frozen=True)
class Line:
    """One SKU of one backorder, standing in the queue of its SKU."""

    backorder_id: str
    position: int
    line_id: str
    sku: str
    rank: int
    ordered: int
    waiting: int
    allocated: int = 0
    released: int = 0
    shipped: int = 0
    cancelled: int = 0
    switched: int = 0
    promises: Sequence[Promise] = ()
    log: Sequence[Entry] = ()
    careful: bool = False  # the order's head must be read before units are given (hold, recalled)
    part: bool = False  # of an order in parts: visible only once its head says so
    counted: bool = False  # in its SKU's demand from the moment it was written; else the tally counts it
    unit_price: str = "0"
    switched_from: str | None = None
    brought: int = 0  # of its first units: those switched to it that had been handed out before, and perhaps paid for
    did: tuple[str, ...] = ()  # marks of changes that must happen once
    trace: str | None = None  # of its order

    def __post_init__(self) -> None:
        units = (self.waiting, self.allocated, self.released, self.shipped, self.cancelled, self.switched)
        if sum(units) != self.ordered or min(units) < 0:
            raise ValueError(f"quantities of line {self.line_id} of {self.backorder_id} do not add up")

    @property
    def sort_key(self) -> SortKey:
        """Its place in the queue of its SKU."""
        return (self.rank, self.backorder_id, self.position)

    @property
    def live(self) -> int:
        """Units still wanted: not cancelled, not switched."""
        return self.ordered - self.cancelled - self.switched

    @property
    def open(self) -> int:
        """Units not yet handed over: waiting or allocated."""
        return self.waiting + self.allocated

    @property
    def status(self) -> str:
        """First match of the list in the statuses rule."""
        if self.live == 0:
            return "switched" if self.switched and self.cancelled < self.ordered else "cancelled"
        for bucket in ("shipped", "released", "allocated"):
            units = getattr(self, bucket)
            if units == self.live:
                return bucket
            if units:
                return f"partially_{bucket}"
        return "waiting"

    @cached_property
    def promise(self) -> Promise | None:
        return self.promises[-1] if self.promises else None

    @property
    def first_promise(self) -> Promise | None:
        return self.promises[0] if self.promises else None


@dataclass(frozen=True)
class LineChange:
    """Moves of one line, to be written at once: changes per bucket and the entries that explain them."""

    line: Line
    deltas: dict[Bucket, int] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    promise: Promise | None = None

    def move(self, name: str, source: Bucket, units: int, *, at: int, actor: str, cause: str) -> LineChange:
        """This change and one more move. Raises ValueError for a move that does not exist or takes too much."""
        sources, target = MOVES[name]
        if source not in sources or units <= 0:
            raise ValueError(f"{name} cannot take {units} units from {source}")
        if units > getattr(self.line, source) + self.deltas.get(source, 0):
            raise ValueError(f"{name}: only what is {source} can be taken")
        deltas = dict(self.deltas)
        deltas[source] = deltas.get(source, 0) - units
        deltas[target] = deltas.get(target, 0) + units
        entry = Entry(at, name, source, target, units, actor, cause)
        return replace(self, deltas={b: d for b, d in deltas.items() if d}, entries=(*self.entries, entry))

    @property
    def after(self) -> Line:
        """The line as it will be."""
        moved = {b: getattr(self.line, b) + d for b, d in self.deltas.items()}
        promises = (*self.line.promises, self.promise) if self.promise else self.line.promises
        return replace(self.line, **moved, log=(*self.line.log, *self.entries), promises=promises)

    @property
    def short(self) -> int:
        """Waiting units gained (negative: lost) by the SKU's demand."""
        return self.deltas.get("waiting", 0)


@dataclass(frozen=True)
class OrderedLine:
    """A line as it was ordered; fixed for ever, kept in the backorder's head (or parts)."""

    line_id: str
    sku: str
    ordered: int
    unit_price: str
    switched_from: str | None = None


@dataclass(frozen=True)
class Customer:
    """Personal data: never in logs, metrics or events."""

    id: str
    email: str
    name: str
    locale: str
    country: str


@dataclass(frozen=True)
class Backorder:
    """The head of an order: what the storefront said, and the switches that clients may change."""

    id: str
    key: str
    storefront: str
    order_id: str
    customer: Customer
    placed_at: int
    recorded_at: int
    rank: int
    priority: str
    shipping: Shipping
    payment: dict[str, str]
    currency: str
    lines: tuple[OrderedLine, ...]
    digest: str
    request_key: str
    need_by: int | None = None
    urgent: bool = False
    release: Literal["automatic", "held"] = "automatic"
    state: Literal["recording", "discarding", "open"] = "open"
    parts: int = 0
    counted: bool = False
    version: int = 1
    overtaken_at: int | None = None
    done: dict[str, str] = field(default_factory=dict)
    log: tuple[tuple[int, str, str, str], ...] = ()
    apart: Apart = field(default_factory=Apart)
    erased_at: int | None = None  # its customer (microseconds): nobody is told of it any more
    remedy: dict[str, str] = field(default_factory=dict)  # `kind` and `code` of what was accepted, as it was then
    trace: str | None = None  # id of the request that recorded it, which ties log lines together


def order_status(lines: list[Line]) -> str:
    """`open, partially_ready, ready, partially_shipped, shipped, cancelled`, from the lines' quantities."""
    live = sum(line.live for line in lines)
    if live == 0:
        return "cancelled"
    shipped = sum(line.shipped for line in lines)
    if shipped == live:
        return "shipped"
    if shipped:
        return "partially_shipped"
    ready = sum(line.allocated + line.released for line in lines)
    return "ready" if ready == live else "partially_ready" if ready else "open"


def finished(lines: list[Line]) -> bool:
    """Nothing waits, is allocated or released any more."""
    return all(line.shipped == line.live for line in lines)
