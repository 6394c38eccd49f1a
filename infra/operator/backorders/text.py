"""The reports as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from infra.operator.service import Json

_BUCKETS = ("waiting", "allocated", "released", "shipped", "cancelled", "switched")


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Columns as wide as what stands in them."""
    cells = [[str(cell) if cell is not None else "-" for cell in row] for row in (titles, *rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(titles))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def day(instant: str | None) -> str:
    """The day of an instant of the API, which is in UTC."""
    return instant[:10] if instant else "-"


def promised(promise: Json | None) -> str:
    """The dates of a promise: likely, and to be held nine times in ten."""
    return f"{day(promise['likely'])} .. {day(promise['by'])}" if promise else "-"


def units(quantities: Json) -> str:
    """The buckets of a line that hold something."""
    return ", ".join(f"{quantities[name]} {name}" for name in _BUCKETS if quantities[name])


def orders(found: Sequence[Json]) -> Iterator[str]:
    """One line an order."""
    titles = ("backorder", "order", "storefront", "status", "priority", "placed", "lines", "waiting units")
    yield from table(titles, (_order(one) for one in found))
    yield f"{len(found)} order(s)"


def _order(one: Json) -> tuple[object, ...]:
    waiting = sum(line["quantities"]["waiting"] for line in one["lines"])
    who = (one["backorder_id"], one["order_id"], one["storefront"])
    return (*who, one["status"], one["priority"], day(one["placed_at"]), len(one["lines"]), waiting)


def lines(found: Sequence[Json]) -> Iterator[str]:
    """One line a line."""
    titles = ("backorder", "line", "sku", "status", "units", "likely .. by")
    rows = (
        (one["backorder_id"], one["line_id"], one["sku"], one["status"], units(one["quantities"]), _dates(one))
        for one in found
    )
    yield from table(titles, rows)
    yield f"{len(found)} line(s)"


def _dates(line: Json) -> str:
    return promised(line["promise"])


def order(one: Json, history: Sequence[Json]) -> Iterator[str]:
    """An order with its lines, releases, and if wanted everything that happened to it."""
    yield f"{one['backorder_id']}  order {one['order_id']} of {one['storefront']}, {one['status']}"
    yield f"placed {day(one['placed_at'])}, priority {one['priority']}, {one['shipping']}, release {one['release']}"
    titles = ("line", "sku", "units", "status", "likely .. by")
    rows = ((x["line_id"], x["sku"], units(x["quantities"]), x["status"], _dates(x)) for x in one["lines"])
    yield from table(titles, rows)
    yield from (f"release {x['release_id']}: {x['status']}, {len(x['lines'])} line(s)" for x in one["releases"])
    if history:
        names = ("at", "event", "line_id", "units", "actor", "cause")
        yield from table(names, ([event[name] for name in names] for event in history))


def explained(found: Sequence[Json]) -> Iterator[str]:
    """Each line with its place, why it is so, and what would make it sooner."""
    for one in found:
        place = f", place {one['place']} with {one['units_ahead']} unit(s) ahead" if one["place"] else ""
        yield f"line {one['line_id']} ({one['sku']}): {one['status']}{place}, {promised(one['promise'])}"
        yield f"  {one['why']}"
        yield from (f"  sooner: {hint}" for hint in one["sooner"])


def queue(sku: str, found: Sequence[Json]) -> Iterator[str]:
    """Who waits for a SKU, in order."""
    titles = ("place", "backorder", "order", "line", "waiting", "cumulative", "likely .. by", "from")
    rows = (
        (x["place"], x["backorder_id"], x["order_id"], x["line_id"], x["waiting"], x["cumulative"], _dates(x), _from(x))
        for x in found
    )
    yield from table(titles, rows)
    yield f"{len(found)} line(s) wait for {sku}"


def _from(line: Json) -> str:
    """What its units are pegged to."""
    return ", ".join(f"{one['units']} {one['source']}" for one in line["supply"])


def plan(done: Json) -> Iterator[str]:
    """What a plan orders, or would, and what it does not, with the reason."""
    would = "would be" if done["dry_run"] else "is"
    for one in done["suppliers"]:
        if one["outcome"] == "skipped":
            continue
        yield f"{one['supplier_id']}: {one['outcome']}{', ' + one['reason'] if one['reason'] else ''}"
        yield from (f"  not ordered: {x['units']} of {x['sku']}, {x['reason']}" for x in one["not_ordered"])
    for order_ in done["orders"]:
        named = order_["purchase_order_id"] or "an order"
        yield f"{named} to {order_['supplier_id']} {would} {order_['status']}:"
        yield from (f"  {line['ordered']} of {line['sku']}" for line in order_["lines"])
    if not done["orders"]:
        yield f"nothing {would} ordered"


def _place(line: Json) -> str:
    return str(line["place"] or "served")


def simulated(done: Json) -> Iterator[str]:
    """The lines that would fare otherwise."""
    titles = ("order", "line", "sku", "place", "waiting", "likely .. by", "instead of")
    rows = (
        (
            *(x["order_id"], x["line_id"], x["sku"], f"{_place(x['before'])} -> {_place(x['after'])}"),
            f"{x['before']['waiting']} -> {x['after']['waiting']}",
            *(promised(x["after"]["promise"]), promised(x["before"]["promise"])),
        )
        for x in done["lines"]
    )
    yield from table(titles, rows)
    more = f", {done['left_out']} more are not listed" if done["left_out"] else ""
    yield f"{len(done['lines'])} line(s) would fare otherwise{more}, {done['unchanged']} would not"


def purchase_orders(found: Sequence[Json]) -> Iterator[str]:
    """One line an order to a supplier."""
    titles = ("purchase order", "supplier", "status", "sent", "open units", "expected", "value")
    yield from table(titles, (tuple(_purchase_order(one)) for one in found))
    yield f"{len(found)} purchase order(s)"


def _purchase_order(one: Json) -> Iterator[object]:
    open_ = [line for line in one["lines"] if line["open"]]
    yield from (one[name] for name in ("purchase_order_id", "supplier_id", "status"))
    yield from (day(one["sent_at"]), sum(line["open"] for line in open_))
    yield from (day(max((line["expected"]["likely"] for line in open_), default=None)), _value(one))


def purchase_order(one: Json) -> Iterator[str]:
    """One order to a supplier with its lines and what happened to it."""
    yield f"{one['purchase_order_id']}  {one['supplier_id']}  {one['status']}  {_value(one)}"
    titles = ("sku", "ordered", "open", "received", "likely .. by", "confirmed")
    yield from table(titles, (_line_of_purchase(line) for line in one["lines"]))
    for entry in one["history"]:
        yield f"{entry['at']}  {entry['event']}  {entry['actor']}"


def _line_of_purchase(line: Json) -> tuple[object, ...]:
    counts = (line[name] for name in ("sku", "ordered", "open", "received"))
    return (*counts, promised(line["expected"]), "yes" if line["confirmed"] else "no")


def _value(one: Json) -> str:
    return f"{one['value']} {one['currency']}"
