"""Routes: what can be promised, who waits, what there is, corrections."""

from __future__ import annotations

from typing import Any

from functions.api.backorders import REPLAYED
from shared.aws.correction_store import TableCorrectionStore
from shared.aws.order_lists import TableQueueReader
from shared.aws.recording_store import read_facts
from shared.backorders.estimate import estimate
from shared.backorders.queries import Place, covers
from shared.contracts.backorder_views import promise_view, stock_view, supply_view
from shared.contracts.backorders import (
    AvailabilityView,
    CorrectionBody,
    CorrectionView,
    QueuePage,
    StockView,
)
from shared.contracts.common import MAX_UNITS, iso
from shared.contracts.quotes import QuoteLineBody, estimate_view
from shared.inventory.correct import CorrectStock, correct_stock
from shared.inventory.model import Stock
from shared.kernel import clock, ids
from shared.kernel.errors import Invalid, NotFound
from shared.promising.repromise import with_basis
from shared.runtime import telemetry
from shared.runtime.http import Answer, Call, O, S, operation
from shared.runtime.queries import number, page


@operation(
    "GET",
    "/v1/items/{sku}/availability",
    scopes=S,
    summary="What can be promised for a quantity, before the order is placed",
    answers={200: AvailabilityView},
    query=("quantity",),
)
def availability(call: Call) -> Answer:
    sku, now = call.path["sku"], clock.now()
    quantity = number(call, "quantity", default=1, low=1, high=MAX_UNITS)
    facts = read_facts(call.container.table, "", [sku])
    if sku not in facts.items or sku not in facts.stocks:
        raise NotFound("there is no such item")
    (found,) = estimate([QuoteLineBody(sku=sku, quantity=quantity)], facts, now, "availability")
    return Answer(estimate_view(found, found.promise) | {"alternatives": list(facts.items[sku].alternatives)})


def _stock(reader: TableQueueReader, sku: str) -> Stock:
    stock = reader.stock(sku)
    if stock is None:
        raise NotFound("there is no such item")
    return stock


@operation("GET", "/v1/items/{sku}/stock", scopes=O, summary="The counters of a SKU", answers={200: StockView})
def read_stock(call: Call) -> Answer:
    reader = TableQueueReader(call.container.table)
    stock = _stock(reader, call.path["sku"])
    return Answer(stock_view(stock, reader.lines(stock.sku)))


@operation(
    "GET",
    "/v1/items/{sku}/queue",
    scopes=O,
    summary="Waiting lines of a SKU in order, with place and cumulative units",
    answers={200: QueuePage},
    query=("limit", "cursor"),
)
def queue(call: Call) -> Answer:
    reader, asked = TableQueueReader(call.container.table), page(call)
    stock = _stock(reader, call.path["sku"])
    start = int((asked.after or {}).get("place", 0))
    items: list[dict[str, Any]] = []
    total, more = 0, False
    for place, line in enumerate(reader.waiting(stock), start=1):
        total += line.waiting
        if place <= start:
            continue
        if len(items) == asked.limit:
            more = True
            break
        line = with_basis(line, stock)
        items.append(
            {
                "place": place,
                "backorder_id": line.backorder_id,
                "order_id": "",
                "line_id": line.line_id,
                "waiting": line.waiting,
                "cumulative": total,
                "rank": iso(line.rank),
                "promise": promise_view(line.promise, len(line.promises)),
                "supply": supply_view(covers(line, Place(place, total - line.waiting, stock))),
            }
        )
    names = reader.order_ids(item["backorder_id"] for item in items)
    for item in items:
        item["order_id"] = names.get(item["backorder_id"])
    position = {"place": str(start + len(items))} if more else None
    return Answer({"items": items, "next_cursor": asked.cursor(position)})


@operation(
    "POST",
    "/v1/stock-corrections",
    scopes=O,
    summary="Correct the stock of a SKU; never a delivery",
    body=CorrectionBody,
    answers={201: CorrectionView, 200: CorrectionView},
)
def correct(call: Call) -> Answer:
    body: CorrectionBody = call.body
    if (body.delta is None) == (body.counted is None):
        raise Invalid.at("/delta", "exactly one of delta and counted is needed")
    if body.delta == 0:
        raise Invalid.at("/delta", "must not be 0")
    command = CorrectStock(
        correction_id=body.correction_id,
        sku=body.sku,
        delta=body.delta,
        counted=body.counted,
        reason=body.reason,
        request_key=call.idempotency_key or "",
        digest=ids.body_digest(call.raw_body),
        actor=call.caller.actor,
    )
    done = correct_stock(command, store=TableCorrectionStore(call.container.table), now=clock.now())
    names = ("correction_id", "sku", "delta", "deallocated", "free")
    view = {name: getattr(done, name) for name in names}
    if done.replayed:
        return Answer(view, 201 if done.same_key else 200, REPLAYED if done.same_key else {})
    telemetry.log("stock_corrected", sku=done.sku, units=done.delta, reason=body.reason)
    return Answer(view, 201)
