"""What must hold of the table, whoever wrote it. Items come in plain or in DynamoDB's wire form.

Some rules hold in every state anyone can observe; the others once queues and streams are quiet (`settled`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from shared.audit.books import Books, Item, claimed, is_counted, on_their_way, reserved
from shared.audit.wire import plain

_BUCKETS = {"w": "waiting", "a": "allocated", "r": "released", "s": "shipped", "c": "cancelled", "x": "switched"}
_ON_ORDER = {"awaiting_approval", "approved", "sent", "acknowledged", "partially_received"}


@dataclass(frozen=True)
class Violation:
    """A rule that does not hold, where, and the figures that disagree."""

    rule: str
    where: str
    detail: str
    units: int = 0
    """By how many units two figures disagree, where they are counters."""


def check_table(items: Iterable[Item], *, settled: bool = True) -> list[dict[str, str]]:
    """Every violation in a table or an exported dump, as plain values."""
    return [{"rule": v.rule, "where": v.where, "detail": v.detail} for v in check(items, settled=settled)]


def check(
    items: Iterable[Item], *, settled: bool = True, scopes: Iterable[str] = ("sku", "order", "purchase")
) -> list[Violation]:
    """Every violation, in the order of the rules. For a scope `items` must hold all that belongs to the things in it:

    sku       counters, ledger and all lines of a SKU, heads and parts of large orders among them, and the lines of
              purchase orders that name it, with their heads
    order     head, parts, releases and lines of an order
    purchase  lines of a purchase order
    """
    books = Books()
    for item in items:
        books.add(plain(item))
    rules = [rule for scope in scopes for rule in (*_ALWAYS[scope], *(_SETTLED[scope] if settled else ()))]
    return [violation for rule in rules for violation in rule(books)]


def _line_adds_up(books: Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        units = [line[bucket] for bucket in _BUCKETS.values()]
        if sum(units) != line["ordered"] or min(units) < 0:
            yield Violation("line_adds_up", f"{order}/{position}", f"ordered {line['ordered']}, buckets {units}")


def _line_log_replays(books: Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        units = dict.fromkeys(_BUCKETS.values(), 0) | {"waiting": line["ordered"]}
        for _at, _move, source, target, n, _actor, _cause in line["log"]:
            units[_BUCKETS[source]] -= n
            units[_BUCKETS[target]] += n
        stored = {bucket: line[bucket] for bucket in _BUCKETS.values()}
        if units != stored:
            yield Violation("line_log_replays", f"{order}/{position}", f"log gives {units}, line has {stored}")


def _line_is_promised(books: Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        times = [revision[0] for revision in line["promises"]]
        if not times or times != sorted(times):
            yield Violation("line_is_promised", f"{order}/{position}", f"revisions at {times}")


def _order_is_whole(books: Books) -> Iterator[Violation]:
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


def _stock_adds_up(books: Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        out = sum(x["allocated"] + x["released"] + x["shipped"] for x in books.by_sku[sku])
        out += sum(on_their_way(books, stock).values())
        came = stock["received"] + stock["corrections"]
        if came != stock["free"] + out or stock["free"] < 0:
            figures = f"came {came}, free {stock['free']}, with orders {out}"
            yield Violation("stock_adds_up", sku, figures, abs(came - out - stock["free"]))
        if stock["short"] != stock["waiting"] - stock["free"]:
            yield Violation("stock_adds_up", sku, f"short {stock['short']} is not waiting - free")


def _ledger_replays(books: Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        for what, name in (("receipt", "received"), ("correction", "corrections")):
            units = sum(entry["units"] for entry in books.ledger[sku] if entry["what"] == what)
            if units != stock[name]:
                figures = f"{what}s of {units} units, counter {stock[name]}"
                yield Violation("ledger_replays", sku, figures, abs(units - stock[name]))


def _nobody_waits_before_the_head(books: Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        coming = on_their_way(books, stock)
        for line in books.by_sku[sku]:
            passed = line["rank"] < stock["head"] and line["sk"] not in coming
            if line["waiting"] and passed and books.visible(line):
                where = f"{line['backorder_id']} of {sku}"
                yield Violation("queue_head", where, f"waits at {line['rank']} before the head {stock['head']}")


def _purchase_line_adds_up(books: Books) -> Iterator[Violation]:
    for line in books.purchase_order_lines:
        parts = (line["open"], line["received"], line["closed_short"])
        if sum(parts) != line["ordered"] or min(parts) < 0:
            yield Violation("purchase_line_adds_up", f"{line['pk']}/{line['sku']}", f"{line['ordered']} is not {parts}")


def _release_never_exceeds(books: Books) -> Iterator[Violation]:
    """A release carries no unit that was not taken from the queue; in between a shipment its lines may lag behind."""
    for (order, position), line in books.lines.items():
        carried = claimed(books, order, position, "units")
        out = line["allocated"] + line["released"] + line["shipped"] + line["cancelled"] + line["waiting"]
        if carried > out + line["switched"]:
            yield Violation("release_never_exceeds", f"{order}/{position}", f"released {carried}, ordered {out}")


def _demand_agrees(books: Books) -> Iterator[Violation]:
    """At any moment: demand is what counted lines wait for, less what lines lost that are still to be counted whole."""
    for sku, stock in books.stocks.items():
        lines = [line for line in books.by_sku[sku] if books.visible(line)]
        left = sum(line["ordered"] for line in lines if not is_counted(books, line, stock))
        expected = sum(line["waiting"] for line in lines) - left - sum(on_their_way(books, stock).values())
        expected += reserved(books, sku)
        if stock["waiting"] != expected:
            figures = f"counter {stock['waiting']}, lines {expected} ({left} uncounted)"
            yield Violation("demand_agrees", sku, figures, abs(stock["waiting"] - expected))


def _demand_is_counted(books: Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        stock = books.stocks.get(line["sku"])
        if stock is not None and books.visible(line) and not is_counted(books, line, stock):
            yield Violation("demand_is_counted", f"{order}/{position}", "the line was never counted")


def _releases_agree(books: Books) -> Iterator[Violation]:
    for (order, position), line in books.lines.items():
        carried, shipped = (claimed(books, order, position, what) for what in ("units", "shipped"))
        if carried != line["released"] + line["shipped"] or shipped != line["shipped"]:
            figures = f"releases {carried} and {shipped}, line {line['released']} and {line['shipped']}"
            yield Violation("releases_agree", f"{order}/{position}", figures)


def _nothing_free_while_somebody_waits(books: Books) -> Iterator[Violation]:
    """Hold orders may yield; everybody else takes what is free."""
    for sku, stock in books.stocks.items():
        waits = [x for x in books.by_sku[sku] if x["waiting"] and not x.get("careful") and books.visible(x)]
        if stock["free"] > 0 and waits:
            yield Violation("free_goes_to_the_queue", sku, f"{stock['free']} free while {len(waits)} lines wait")


def _on_order_agrees(books: Books) -> Iterator[Violation]:
    units: dict[str, int] = defaultdict(int)
    for line in books.purchase_order_lines:
        order = books.purchase_orders.get(line["pk"])
        if order is not None and order["status"] in _ON_ORDER:
            units[line["sku"]] += line["open"]
    for sku, stock in books.stocks.items():
        expected = sum(values[0] for values in stock["inbound"].values())
        if not stock["on_order"] == units[sku] == expected:
            figures = f"counter {stock['on_order']}, purchase orders {units[sku]}, inbound {expected}"
            yield Violation("on_order_agrees", sku, figures, abs(stock["on_order"] - units[sku]))


def _hand_outs_end(books: Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        if "hand_out" in stock:
            yield Violation("hand_outs_end", sku, f"still on their way: {on_their_way(books, stock)}")


def _partial_names_holders(books: Books) -> Iterator[Violation]:
    for sku, stock in books.stocks.items():
        by_sort = {line["sk"]: line["allocated"] for line in books.by_sku[sku]}
        for sk, units in stock.get("partial", {}).items():
            if by_sort.get(sk) != units:
                yield Violation("partial_names_holders", sku, f"{sk} has {by_sort.get(sk)}, named with {units}")


_Rules = dict[str, tuple[Callable[[Books], Iterator[Violation]], ...]]

_ALWAYS: _Rules = {
    "sku": (
        _line_adds_up,
        _line_log_replays,
        _line_is_promised,
        _stock_adds_up,
        _demand_agrees,
        _ledger_replays,
        _nobody_waits_before_the_head,
        _partial_names_holders,
    ),
    "order": (_order_is_whole, _release_never_exceeds),
    "purchase": (_purchase_line_adds_up,),
}
_SETTLED: _Rules = {
    "sku": (_demand_is_counted, _nothing_free_while_somebody_waits, _on_order_agrees, _hand_outs_end),
    "order": (_releases_agree,),
    "purchase": (),
}
