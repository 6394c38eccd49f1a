"""Backorders, lines and releases as items of the table."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item, Later
from shared.aws.table import Put, Update
from shared.backorders.model import (
    BUCKETS,
    LETTER,
    Backorder,
    Customer,
    Entry,
    Line,
    LineChange,
    OrderedLine,
    Promise,
)
from shared.backorders.remembered import Apart
from shared.fulfilment.model import Release, ReleaseLine, Shipment

LINE_LISTS = frozenset({"promises", "log"})
"""Lists of a line that grow as long as it lives."""

BUCKET_OF = {letter: bucket for bucket, letter in LETTER.items()}
_HEAD_FIELDS = (
    "id",
    "storefront",
    "order_id",
    "placed_at",
    "recorded_at",
    "rank",
    "priority",
    "shipping",
    "payment",
    "currency",
    "digest",
    "request_key",
    "need_by",
    "release",
    "state",
    "version",
    "overtaken_at",
    "erased_at",
    "trace",
    "done",
    "remedy",
)


def ordered_to_list(line: OrderedLine) -> list[Any]:
    base: list[Any] = [line.line_id, line.sku, line.ordered, line.unit_price]
    return [*base, line.switched_from] if line.switched_from else base


def ordered_from_list(values: list[Any]) -> OrderedLine:
    return OrderedLine(*values)


def head_item(order: Backorder, inline: tuple[OrderedLine, ...]) -> Item:
    """The head. Falsy optional attributes are left out: the head of a small order stays within one kilobyte."""
    item: Item = {"kind": "backorder", **keys.backorder(order.key)}
    for name in _HEAD_FIELDS:
        value = getattr(order, name)
        if value not in (None, {}):
            item[name] = value
    item["customer"] = asdict(order.customer)
    item["lines"] = [ordered_to_list(line) for line in inline]
    item["counted"] = order.counted
    if order.urgent:
        item["urgent"] = True
    if order.parts:
        item["parts"] = order.parts
    if order.log:
        item["log"] = [list(entry) for entry in order.log]
    if order.shipping == "hold":
        item |= {"gsi1pk": keys.HOLDING, "gsi1sk": order.id}
    return item


def head_from(item: Item, parts: list[Item]) -> Backorder:
    """The head with the lines of its parts (in order) before its own."""
    raw = [values for part in parts for values in part["lines"]] + item["lines"]
    fields = {name: item[name] for name in _HEAD_FIELDS if name in item}
    return Backorder(
        **fields,
        key=keys.order_of(item["pk"]),
        customer=Customer(**item["customer"]),
        lines=tuple(ordered_from_list(values) for values in raw),
        urgent=item.get("urgent", False),
        parts=item.get("parts", 0),
        counted=item["counted"],
        log=tuple(tuple(entry) for entry in item.get("log", [])),
        apart=Apart(item.get("logged_apart", 0)),
    )


def line_item(line: Line) -> Item:
    item: Item = {
        "kind": "line",
        **keys.line(line.sku, line.rank, line.backorder_id, line.position),
        "line_id": line.line_id,
        "ordered": line.ordered,
        "unit_price": line.unit_price,
        "promises": [_promise_list(p) for p in line.promises],
        "log": [entry_list(e) for e in line.log],
    }
    for bucket in BUCKETS:
        item[bucket] = getattr(line, bucket)
    for name in ("careful", "part", "counted", "switched_from", "brought", "trace"):
        if getattr(line, name):
            item[name] = getattr(line, name)
    if line.did:
        item["did"] = list(line.did)
    return item


def line_from(item: Item) -> Line:
    sku, rank, backorder_id, position = keys.parse_line({"pk": item["pk"], "sk": item["sk"]})
    return Line(
        backorder_id=backorder_id,
        position=position,
        line_id=item["line_id"],
        sku=sku,
        rank=rank,
        ordered=item["ordered"],
        waiting=item["waiting"],
        allocated=item["allocated"],
        released=item["released"],
        shipped=item["shipped"],
        cancelled=item["cancelled"],
        switched=item["switched"],
        promises=Later(item["promises"], _promise_from),
        log=Later(item["log"], entry_from),
        careful=item.get("careful", False),
        part=item.get("part", False),
        counted=item.get("counted", False),
        unit_price=item["unit_price"],
        switched_from=item.get("switched_from"),
        brought=item.get("brought", 0),
        did=tuple(item.get("did", ())),
        trace=item.get("trace"),
    )


def _promise_list(p: Promise) -> list[Any]:
    return [p.at, p.likely, p.by, p.basis, p.cause]


def _promise_from(values: list[Any]) -> Promise:
    return Promise(*values)


def entry_list(e: Entry) -> list[Any]:
    """An entry of a line's log as it is stored."""
    source = LETTER[e.source] if e.source else ""
    return [e.at, e.move, source, LETTER[e.target], e.units, e.actor, e.cause]


def entry_from(values: list[Any]) -> Entry:
    """Inverse of `entry_list`."""
    at, move, source, target, units, actor, cause = values
    return Entry(at, move, BUCKET_OF.get(source), BUCKET_OF[target], units, actor, cause)


def line_put(line: Line) -> Put:
    return Put(line_item(line), fresh=True)


def line_key(line: Line) -> dict[str, str]:
    return keys.line(line.sku, line.rank, line.backorder_id, line.position)


def line_update(
    change: LineChange, *, when: str | None = None, values: dict[str, Any] | None = None, mark: str | None = None
) -> Update:
    """A line's moves and new promise as one write, conditioned on the units being where they are taken from.

    `mark` makes the change happen once: it is remembered on the line and a second write of it loses its condition.
    """
    conditions, given = ["attribute_exists(pk)"], dict(values or {})
    for bucket, delta in change.deltas.items():
        if delta < 0:
            conditions.append(f"#{bucket} >= :{bucket}")
            given[bucket] = -delta
    if when:
        conditions.append(f"({when})")
    append: dict[Any, list[Any]] = {}
    if change.entries:
        append["log"] = [entry_list(e) for e in change.entries]
    if change.promise:
        append["promises"] = [_promise_list(change.promise)]
    if mark:
        conditions.append("NOT contains(#did, :mark)")
        given["mark"] = mark
        append["did"] = [mark]
    plus: dict[Any, int] = dict(change.deltas)
    return Update(line_key(change.line), plus=plus, append=append, when=" AND ".join(conditions), values=given)


def release_item(release: Release) -> Item:
    """The release; in the index of what is to be shipped while units of it are open."""
    item: Item = {
        "kind": "release",
        **keys.release(release.id.rpartition(".r")[0][-16:], release.n),
        "id": release.id,
        "backorder_id": release.backorder_id,
        "n": release.n,
        "at": release.at,
        "status": release.status,
        "lines": [[x.position, x.line_id, x.sku, x.units, x.shipped] for x in release.lines],
        "shipments": [_shipment_map(s) for s in release.shipments],
        "version": release.version,
    }
    if release.status in {"released", "partially_shipped"}:
        item |= {"gsi1pk": keys.TO_SHIP, "gsi1sk": release.id}
    return item


def _shipment_map(s: Shipment) -> dict[str, Any]:
    whole = asdict(s) | {"lines": [list(x) for x in s.lines]}
    return {name: value for name, value in whole.items() if value is not None}


def release_from(item: Item) -> Release:
    return Release(
        id=item["id"],
        backorder_id=item["backorder_id"],
        n=item["n"],
        at=item["at"],
        status=item["status"],
        lines=tuple(ReleaseLine(*values) for values in item["lines"]),
        shipments=tuple(
            Shipment(
                shipment_id=s["shipment_id"],
                request_key=s["request_key"],
                digest=s["digest"],
                at=s["at"],
                actor=s["actor"],
                carrier=s.get("carrier"),
                tracking=s.get("tracking"),
                lines=tuple((p, u, b) for p, u, b in s["lines"]),
            )
            for s in item["shipments"]
        ),
        version=item["version"],
    )
