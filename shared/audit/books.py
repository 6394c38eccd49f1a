"""The table sorted into what belongs together, for the rules to look at."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

Item = dict[str, Any]


@dataclass
class Books:
    """The table, sorted into what belongs together."""

    lines: dict[tuple[str, int], Item] = field(default_factory=dict)
    heads: dict[str, Item] = field(default_factory=dict)
    parts: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    releases: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    stocks: dict[str, Item] = field(default_factory=dict)
    ledger: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    by_sku: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    purchase_orders: dict[str, Item] = field(default_factory=dict)
    purchase_order_lines: list[Item] = field(default_factory=list)

    def add(self, item: Item) -> None:
        kind = item.get("kind")
        if kind == "line":
            rank, backorder_id, position = item["sk"].split("#")
            item |= {"rank": int(rank), "backorder_id": backorder_id, "sku": item["pk"].split("#", 2)[2]}
            self.lines[backorder_id, int(position)] = item
            self.by_sku[item["sku"]].append(item)
        elif kind == "backorder":
            self.heads[item["id"]] = item
        elif kind == "part":
            self.parts[item["id"]].append(item)
        elif kind == "release":
            self.releases[item["backorder_id"]].append(item)
        elif kind == "stock":
            self.stocks[item["sku"]] = item
        elif kind == "ledger":
            self.ledger[item["pk"].removeprefix("I#")].append(item)
        elif kind == "purchase_order":
            self.purchase_orders[item["pk"]] = item
        elif kind == "purchase_order_line":
            self.purchase_order_lines.append(item)

    def ordered(self, head: Item) -> list[list[Any]]:
        parts = sorted(self.parts[head["id"]], key=lambda part: str(part["sk"]))
        return [values for part in parts for values in part["lines"]] + list(head["lines"])

    def part_of(self, line: Item) -> Item:
        """The part of a large order that a line belongs to."""
        position = int(line["sk"].rpartition("#")[2])
        for part in sorted(self.parts[line["backorder_id"]], key=lambda part: str(part["sk"])):
            if position < len(part["lines"]):
                return part
            position -= len(part["lines"])
        raise LookupError("a line of no part")

    def visible(self, line: Item) -> bool:
        """Lines of a large order exist once its head says so; a small order is written with its lines."""
        if not line.get("part"):
            return True
        head = self.heads.get(line["backorder_id"])
        return head is not None and head["state"] == "open"


def is_counted(books: Books, line: Item, stock: Item) -> bool:
    if line.get("counted"):
        return True
    if line.get("part"):
        head = books.heads[line["backorder_id"]]
        return line["sku"] in head.get("limited", ()) or bool(books.part_of(line)["counted"])
    return line["rank"] < stock.get("counted_to", 0) or line["sk"] in stock.get("singles", ())


def on_their_way(books: Books, stock: Item) -> dict[str, int]:
    """Units that a hand-out took from the counters and that no line has taken yet, by the line's place."""
    out = stock.get("hand_out")
    if out is None:
        return {}
    taken = {line["sk"] for line in books.by_sku[stock["sku"]] if f"h{out['n']}" in line.get("did", ())}
    return {sort: units for sort, units in out["units"].items() if sort not in taken}


def reserved(books: Books, sku: str) -> int:
    """Units of large orders that are counted before their order opens, because their items have limits."""
    hidden = (line for line in books.by_sku[sku] if not books.visible(line))
    return sum(x["ordered"] for x in hidden if sku in books.heads.get(x["backorder_id"], {}).get("limited", ()))


def claimed(books: Books, order: str, position: int, what: str) -> int:
    index = {"units": 3, "shipped": 4}[what]
    return sum(
        values[index]
        for release in books.releases[order]
        if release["status"] != "recalled"
        for values in release["lines"]
        if values[0] == position
    )
