"""What must hold of the table, whoever wrote it. Items come in plain or in DynamoDB's wire form.

Some rules hold in every state anyone can observe; the others once queues and streams are quiet (`settled`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.audit.wire import plain

Item = dict[str, Any]
_BUCKETS = {"w": "waiting", "a": "allocated", "r": "released", "s": "shipped", "c": "cancelled", "x": "switched"}
_ON_ORDER = {"awaiting_approval", "approved", "sent", "acknowledged", "partially_received"}


@dataclass(frozen=True)
class Violation:
    """A rule that does not hold, where, and the figures that disagree."""

    rule: str
    where: str
    detail: str


@dataclass
class _Books:
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

    def visible(self, line: Item) -> bool:
        head = self.heads.get(line["backorder_id"])
        return head is not None and head["state"] == "open"


def check_table(items: Iterable[Item], *, settled: bool = True) -> list[dict[str, str]]:
    """Every violation in a table or an exported dump, as plain values."""
    return [{"rule": v.rule, "where": v.where, "detail": v.detail} for v in check(items, settled=settled)]


def check(items: Iterable[Item], *, settled: bool = True) -> list[Violation]:
    """Every violation, in the order of the rules."""
    books = _Books()
    for item in items:
        books.add(plain(item))
    rules = _ALWAYS + (_SETTLED if settled else ())
    return [violation for rule in rules for violation in rule(books)]


def _line_adds_up(books: _Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        units = [line[bucket] for bucket in _BUCKETS.values()]
        if sum(units) != line["ordered"] or min(units) < 0:
            yield Violation("line_adds_up", f"{order}/{position}", f"ordered {line['ordered']}, buckets {units}")


def _line_log_replays(books: _Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        units = dict.fromkeys(_BUCKETS.values(), 0) | {"waiting": line["ordered"]}
        for _at, _move, source, target, n, _actor, _cause in line["log"]:
            units[_BUCKETS[source]] -= n
            units[_BUCKETS[target]] += n
        stored = {bucket: line[bucket] for bucket in _BUCKETS.values()}
        if units != stored:
            yield Violation("line_log_replays", f"{order}/{position}", f"log gives {units}, line has {stored}")


def _line_is_promised(books: _Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        times = [revision[0] for revision in line["promises"]]
        if not times or times != sorted(times):
            yield Violation("line_is_promised", f"{order}/{position}", f"revisions at {times}")


def _order_is_whole(books: _Books) -> Iterator[Violation]:
    for order, head in books.heads.items():
        if head["state"] != "open":
            continue
        for position, values in enumerate(books.ordered(head)):
            line = books.lines.get((order, position))
            if line is None or (line["sku"], line["ordered"]) != (values[1], values[2]):
                yield Violation("order_is_whole", f"{order}/{position}", "the line is missing or another")
    for order, position in books.lines:
        if order not in books.heads:
            yield Violation("order_is_whole", f"{order}/{position}", "a line without its order")


def _stock_adds_up(books: _Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        out = sum(x["allocated"] + x["released"] + x["shipped"] for x in books.by_sku[sku])
        came = stock["received"] + stock["corrections"]
        if came != stock["free"] + out or stock["free"] < 0:
            yield Violation("stock_adds_up", sku, f"came {came}, free {stock['free']}, with orders {out}")
        if stock["short"] != stock["waiting"] - stock["free"]:
            yield Violation("stock_adds_up", sku, f"short {stock['short']} is not waiting - free")


def _ledger_replays(books: _Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        for what, name in (("receipt", "received"), ("correction", "corrections")):
            units = sum(entry["units"] for entry in books.ledger[sku] if entry["what"] == what)
            if units != stock[name]:
                yield Violation("ledger_replays", sku, f"{what}s of {units} units, counter {stock[name]}")


def _nobody_waits_before_the_head(books: _Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        for line in books.by_sku[sku]:
            if line["waiting"] and line["rank"] < stock["head"] and books.visible(line):
                where = f"{line['backorder_id']} of {sku}"
                yield Violation("queue_head", where, f"waits at {line['rank']} before the head {stock['head']}")


def _purchase_line_adds_up(books: _Books) -> Iterator[Violation]:
    for line in books.purchase_order_lines:
        parts = (line["open"], line["received"], line["closed_short"])
        if sum(parts) != line["ordered"] or min(parts) < 0:
            yield Violation("purchase_line_adds_up", f"{line['pk']}/{line['sku']}", f"{line['ordered']} is not {parts}")


def _release_never_exceeds(books: _Books) -> Iterator[Violation]:
    """A release carries no unit that was not taken from the queue; in between a shipment its lines may lag behind."""
    for (order, position), line in books.lines.items():
        claimed = _claimed(books, order, position, "units")
        out = line["allocated"] + line["released"] + line["shipped"] + line["cancelled"] + line["waiting"]
        if claimed > out + line["switched"]:
            yield Violation("release_never_exceeds", f"{order}/{position}", f"released {claimed}, ordered {out}")


def _claimed(books: _Books, order: str, position: int, what: str) -> int:
    index = {"units": 3, "shipped": 4}[what]
    return sum(
        values[index]
        for release in books.releases[order]
        if release["status"] != "recalled"
        for values in release["lines"]
        if values[0] == position
    )


def _demand_is_counted(books: _Books) -> Iterator[Violation]:
    waiting: dict[str, int] = defaultdict(int)
    for line in books.lines.values():
        if books.visible(line):
            waiting[line["sku"]] += line["waiting"]
    for sku, stock in books.stocks.items():
        if stock["waiting"] != waiting[sku]:
            yield Violation("demand_is_counted", sku, f"counter {stock['waiting']}, lines {waiting[sku]}")
    for order, head in books.heads.items():
        if head["state"] == "open" and not all(x["counted"] for x in (head, *books.parts[order])):
            yield Violation("demand_is_counted", order, "the order was never counted")


def _releases_agree(books: _Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        claimed, shipped = (_claimed(books, order, position, what) for what in ("units", "shipped"))
        if claimed != line["released"] + line["shipped"] or shipped != line["shipped"]:
            figures = f"releases {claimed} and {shipped}, line {line['released']} and {line['shipped']}"
            yield Violation("releases_agree", f"{order}/{position}", figures)


def _nothing_free_while_somebody_waits(books: _Books) -> Iterator[Violation]:
    """Hold orders may yield; everybody else takes what is free."""
    for sku, stock in books.stocks.items():
        waits = [x for x in books.by_sku[sku] if x["waiting"] and not x.get("careful") and books.visible(x)]
        if stock["free"] > 0 and waits:
            yield Violation("free_goes_to_the_queue", sku, f"{stock['free']} free while {len(waits)} lines wait")


def _on_order_agrees(books: _Books) -> Iterator[Violation]:
    units: dict[str, int] = defaultdict(int)
    for line in books.purchase_order_lines:
        order = books.purchase_orders.get(line["pk"])
        if order is not None and order["status"] in _ON_ORDER:
            units[line["sku"]] += line["open"]
    for sku, stock in books.stocks.items():
        expected = sum(values[0] for values in stock["inbound"].values())
        if not stock["on_order"] == units[sku] == expected:
            figures = f"counter {stock['on_order']}, purchase orders {units[sku]}, inbound {expected}"
            yield Violation("on_order_agrees", sku, figures)


def _partial_names_holders(books: _Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        by_sort = {line["sk"]: line["allocated"] for line in books.by_sku[sku]}
        for sk, units in stock.get("partial", {}).items():
            if by_sort.get(sk) != units:
                yield Violation("partial_names_holders", sku, f"{sk} has {by_sort.get(sk)}, named with {units}")


_ALWAYS: tuple[Callable[[_Books], Iterator[Violation]], ...] = (
    _line_adds_up,
    _line_log_replays,
    _line_is_promised,
    _order_is_whole,
    _stock_adds_up,
    _ledger_replays,
    _nobody_waits_before_the_head,
    _purchase_line_adds_up,
    _release_never_exceeds,
    _partial_names_holders,
)
_SETTLED: tuple[Callable[[_Books], Iterator[Violation]], ...] = (
    _demand_is_counted,
    _releases_agree,
    _nothing_free_while_somebody_waits,
    _on_order_agrees,
)
