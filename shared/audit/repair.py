"""Repair counters that do not follow from the lines: by an entry in the ledger that says who and why, never by an edit.

Lines and ledger are the truth: a line carries the log of its moves, the ledger every unit that came or went. What they
say is what the counters must be. Units themselves are not repaired here: if more are with orders than ever came in,
somebody has to count the shelf and post a correction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from shared.audit.books import Books, Item, is_counted, on_their_way, reserved
from shared.audit.wire import plain
from shared.backorders.ports import Stale
from shared.kernel.errors import Conflict, Contended, NotFound

_TRIES = 5


@dataclass(frozen=True)
class Repair:
    """Once per `repair_id`."""

    repair_id: str
    sku: str
    actor: str
    reason: str
    at: int


@dataclass(frozen=True)
class Repaired:
    """Units added to the counters of a SKU; all zero if they were right."""

    sku: str
    waiting: int = 0
    free: int = 0
    received: int = 0
    corrections: int = 0


class RepairStore(Protocol):
    """Reads what belongs to a SKU; writes the counters and the entry in one transaction. Raises Stale."""

    def repaired(self, command: Repair) -> tuple[str, Repaired] | None:
        """The reason and the units of this repair, if it has been done."""

    def sku(self, sku: str) -> Iterable[Item]: ...

    def write(self, command: Repair, repaired: Repaired, stock: Item) -> None: ...


def repair_stock(command: Repair, *, store: RepairStore) -> Repaired:
    """Bring the counters to what lines and ledger say. Raises NotFound, Conflict (also for the id of a repair with
    another reason), Contended."""
    for _ in range(_TRIES):
        done = store.repaired(command)
        if done is not None:
            return _same(command, *done)
        repaired, stock = _missing(command.sku, store)
        try:
            store.write(command, repaired, stock)
        except Stale:
            continue
        return repaired
    raise Contended("the counters kept changing; undecided, please try again", retry_after=5)


def _same(command: Repair, reason: str, done: Repaired) -> Repaired:
    if reason != command.reason:
        raise Conflict(f"repair {command.repair_id} was made for another reason")
    return done


def missing(sku: str, *, store: RepairStore) -> Repaired:
    """What a repair would add to the counters as they stand. Raises NotFound, Conflict."""
    return _missing(sku, store)[0]


def _missing(sku: str, store: RepairStore) -> tuple[Repaired, Item]:
    books = Books()
    for item in store.sku(sku):
        books.add(plain(item))
    stock = books.stocks.get(sku)
    if stock is None:
        raise NotFound(f"there is no item {sku}")
    return Repaired(sku, **{name: units - stock[name] for name, units in _counters(books, stock).items()}), stock


def _counters(books: Books, stock: Item) -> dict[str, int]:
    """What the counters must be."""
    sku = stock["sku"]
    lines = [line for line in books.by_sku[sku] if books.visible(line)]
    coming = sum(on_their_way(books, stock).values())
    uncounted = sum(line["ordered"] for line in lines if not is_counted(books, line, stock))
    waiting = sum(line["waiting"] for line in lines) - uncounted - coming + reserved(books, sku)
    came = {what: sum(e["units"] for e in books.ledger[sku] if e["what"] == what) for what in ("receipt", "correction")}
    out = sum(x["allocated"] + x["released"] + x["shipped"] for x in books.by_sku[sku])
    free = sum(came.values()) - out - coming
    if free < 0:
        raise Conflict(f"{-free} units more are with orders than ever came in: count the shelf and post a correction")
    return {"waiting": waiting, "free": free, "received": came["receipt"], "corrections": came["correction"]}
