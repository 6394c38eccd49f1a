"""Hand-outs in the table: begun by one write of the counters, taken line by line, ended by another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.allocation.hand_out import HandOut
from shared.aws import keys
from shared.aws.backorder_items import line_from, line_update
from shared.aws.marking import CAUSED
from shared.aws.stock_items import change_stock, hand_out_item, listed_as_needed, read_stock, stock_from
from shared.aws.table import ConditionLost, Path, Table, Update
from shared.backorders.model import Line, SortKey
from shared.backorders.ports import Stale
from shared.inventory.model import Stock

_TRIES = 8
NO_EARLIER = "#tallies = :tallies"
"""Moving the queue head on is allowed only if no line came to an early place since the queue was read."""
_MARKS = "NOT contains(#did, :taken) AND NOT contains(#did, :missed)"


def settled_stock(table: Table, sku: str) -> Stock | None:
    """The counters once nothing is on its way any more. Raises Stale if they keep changing."""
    for _ in range(_TRIES):
        item = table.get(keys.stock(sku))
        if item is None:
            return None
        stock = stock_from(item)
        if stock.hand_out is None:
            return stock
        end_hand_out(table, stock, stock.hand_out)
    raise Stale


def settled_stocks(table: Table, skus: Iterable[str]) -> dict[str, Stock]:
    """The same for several: those that exist, in one read per hundred where nothing is on its way."""
    read = read_stock(table, skus)
    for sku in [sku for sku, stock in read.items() if stock.hand_out is not None]:
        read[sku] = settled_stock(table, sku) or read[sku]
    return read


def begin_hand_out(table: Table, stock: Stock, out: HandOut, head: int | None) -> None:
    """Take the units out of the counters and note for whom. Raises Stale."""
    units = sum(out.units.values())
    noted: dict[Path, Any] = {"hand_out": hand_out_item(out), "handings": out.n}
    when = "#head = :head AND #handings = :seen AND attribute_not_exists(#hand_out)"
    values = {"head": stock.head, "seen": stock.handings}
    if head is not None and head > stock.head:
        noted["head"] = head
        when, values = f"{when} AND {NO_EARLIER}", values | {"tallies": stock.tallies}
    write = change_stock(
        stock.sku,
        free=-units,
        waiting=-units,
        set_=noted,
        remove=(CAUSED,),  # it would make the item larger than a write unit just now, and nothing follows from this
        when=when,
        values=values,
    )
    try:
        table.write(write)
    except ConditionLost:
        raise Stale from None


def end_hand_out(table: Table, stock: Stock, out: HandOut, lines: Iterable[Line] = ()) -> int:
    """Give every line its part, then put back what was missed; `lines` need not be read again. Returns units taken."""
    known = {line.sort_key: line for line in lines} or _read(table, stock.sku, out.units)
    missed = [place for place in out.units if not _take(table, stock.sku, out, place, known.get(place))]
    _close(table, stock, out, missed)
    return sum(units for place, units in out.units.items() if place not in missed)


def _read(table: Table, sku: str, places: Iterable[SortKey]) -> dict[SortKey, Line]:
    found = table.get_many(keys.line(sku, *place) for place in places)
    return {line.sort_key: line for line in map(line_from, found.values())}


def _take(table: Table, sku: str, out: HandOut, place: SortKey, line: Line | None) -> bool:
    """Whether the line took its part, now or before. The first mark decides, whoever sets it."""
    for _ in range(_TRIES):
        if line is None or out.missed in line.did:
            return False
        if out.taken in line.did:
            return True
        takes = line.waiting >= out.units[place] and not line.careful
        try:
            table.write(_taking(out, line) if takes else _missing(sku, out, place))
        except ConditionLost:
            line = _read(table, sku, [place]).get(place)
            continue
        return takes
    raise Stale


def _taking(out: HandOut, line: Line) -> Update:
    when = "NOT contains(#did, :missed) AND attribute_not_exists(#careful)"
    return line_update(out.to(line), mark=out.taken, when=when, values={"missed": out.missed})


def _missing(sku: str, out: HandOut, place: SortKey) -> Update:
    return Update(
        keys.line(sku, *place),
        append={"did": [out.missed]},
        when=f"attribute_exists(pk) AND {_MARKS}",
        values={"taken": out.taken, "missed": out.missed},
    )


def _close(table: Table, stock: Stock, out: HandOut, missed: list[SortKey]) -> None:
    """Put back what was missed, and those who missed it before the queue head: they may still wait."""
    for _ in range(_TRIES):
        try:
            table.write(_closing(table, stock, out, missed))
        except ConditionLost:
            item = table.get(keys.stock(stock.sku))
            if item is None or stock_from(item).hand_out != out:
                return  # somebody else closed it
            stock = stock_from(item)
            continue
        return
    raise Stale


def _closing(table: Table, stock: Stock, out: HandOut, missed: list[SortKey]) -> Update:
    when, values = "#handings = :n AND attribute_exists(#hand_out)", {"n": out.n}
    if not missed:
        return change_stock(stock.sku, remove=("hand_out",), when=when, values=values)
    units, first = sum(out.units[place] for place in missed), min(missed)[0]
    lowered: dict[Path, Any] = {"head": first} if first < stock.head else {}
    when += " AND #head >= :first" if lowered else " AND #head <= :first"
    return change_stock(
        stock.sku,
        free=units,
        waiting=units,
        bump=True,
        set_=lowered | listed_as_needed(table, stock.sku),
        remove=("hand_out",),
        when=when,
        values=values | {"first": first},
    )
