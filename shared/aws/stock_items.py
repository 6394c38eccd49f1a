"""Stock counters and the table: codec, and the one way to change them so that `short` stays `waiting - free`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from shared.allocation.hand_out import HandOut
from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import Path, Put, Table, Update
from shared.inventory.asked import day_of, outdated
from shared.inventory.model import Inbound, Stock
from shared.kernel import clock

LOW_AT = "low_at"
"""The reorder point of a stocked item, on its counters: with less than this free and on order, the SKU is low."""
_DAY = "day_"  # and an ordinal. Attributes of their own: a path into a map would need the map to be there


def stock_from(item: Item) -> Stock:
    return Stock(
        sku=item["sku"],
        free=item.get("free", 0),
        waiting=item.get("waiting", 0),
        received=item.get("received", 0),
        corrections=item.get("corrections", 0),
        on_order=item.get("on_order", 0),
        inbound={po: Inbound(*values) for po, values in item.get("inbound", {}).items()},
        partial=item.get("partial", {}),
        head=item.get("head", 0),
        version=item.get("version", 0),
        counted_to=item.get("counted_to", 0),
        singles=frozenset(map(keys.parse_line_sort, item.get("singles", ()))),
        tallies=item.get("tallies", 0),
        hand_out=_hand_out_from(item["hand_out"]) if "hand_out" in item else None,
        handings=item.get("handings", 0),
        covered=keys.parse_line_sort(item["covered"]) if item.get("covered") else None,
        dated=item.get("dated", ""),
        asked={int(name.removeprefix(_DAY)): units for name, units in item.items() if name.startswith(_DAY)},
    )


def hand_out_item(out: HandOut) -> Item:
    units = {keys.line_sort(*place): n for place, n in out.units.items()}
    return {"n": out.n, "at": out.at, "cause": out.cause, "units": units}


def _hand_out_from(item: Item) -> HandOut:
    units = {keys.parse_line_sort(sort): n for sort, n in item["units"].items()}
    return HandOut(item["n"], item["at"], item["cause"], units)


def new_stock(sku: str) -> Put:
    """The counters of a new item, all zero; written once."""
    zero = {"free": 0, "waiting": 0, "short": 0, "received": 0, "corrections": 0, "on_order": 0}
    marks = {"head": 0, "version": 0, "counted_to": 0, "tallies": 0, "handings": 0}
    return Put(
        {"kind": "stock", "sku": sku, **keys.stock(sku), **zero, **marks, "inbound": {}, "partial": {}},
        fresh=True,
    )


def change_stock(
    sku: str,
    *,
    free: int = 0,
    waiting: int = 0,
    received: int = 0,
    corrections: int = 0,
    on_order: int = 0,
    asked: int = 0,
    past: Iterable[int] = (),
    bump: bool = False,
    tallies: int = 0,
    set_: Mapping[Path, Any] | Mapping[str, Any] | None = None,
    remove: tuple[Path, ...] = (),
    when: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Update:
    """Deltas of the counters as one conditional update.

    Units taken from `free` are conditioned on being there. `asked` are units of new demand: they go to today's, and of
    the `past` days that the counters were read with those too long ago are dropped. `bump` raises `version`, against
    which purchase orders and hold sets commit. `when`/`values` add a condition; the item must exist in any case.
    """
    deltas = {"free": free, "waiting": waiting, "short": waiting - free, "received": received}
    deltas |= {"corrections": corrections, "on_order": on_order, "version": int(bump), "tallies": tallies}
    days, outdated_days = _asked(asked, past)
    conditions, given = ["attribute_exists(pk)"], dict(values or {})
    if free < 0:
        conditions.append("#free >= :taken")
        given["taken"] = -free
    if when:
        conditions.append(f"({when})")
    return Update(
        keys.stock(sku),
        set={path: set_[path] for path in set_} if set_ else {},  # type: ignore[index]
        plus={name: delta for name, delta in (deltas | days).items() if delta},
        remove=(*remove, *outdated_days),
        when=" AND ".join(conditions),
        values=given,
    )


def _asked(units: int, past: Iterable[int]) -> tuple[dict[str, int], list[str]]:
    """What new demand adds to today, and the days that are dropped with it."""
    if not units:
        return {}, []
    today = day_of(clock.now())
    return {f"{_DAY}{today}": units}, [f"{_DAY}{day}" for day in outdated(past, today)]


def listed_as_needed(table: Table, sku: str) -> dict[Path, Any]:
    """Index attributes for counters whose demand rises again without a new order: planning must see it."""
    card = table.get(keys.item(sku))
    return {"gsi1pk": keys.need(card["supplier_id"]), "gsi1sk": sku} if card else {}


def needed_of(table: Table, supplier_id: str, most: int) -> list[str]:
    """SKUs of a supplier that may need ordering, at most so many; by the index, which may be a moment behind."""
    return [entry["gsi1sk"] for entry in islice(table.query_index(keys.need(supplier_id), page=most), most)]


def read_stock(table: Table, skus: Iterable[str]) -> dict[str, Stock]:
    """Counters of the SKUs that exist; a constant number of calls per hundred."""
    found = table.get_many(keys.stock(sku) for sku in skus)
    return {item["sku"]: stock_from(item) for item in found.values()}
