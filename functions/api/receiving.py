"""Routes: goods that arrive."""

from __future__ import annotations

from functools import partial

from shared.aws.purchasing_store import TableOrderBook
from shared.aws.receiving_store import TableReceivingStore
from shared.contracts.receiving import ReceiptBody, ReceiptView, receipt_view
from shared.kernel import clock, ids
from shared.purchasing.change import refresh_head
from shared.receiving.receive import Received, receive_goods
from shared.runtime import telemetry
from shared.runtime.http import Answer, Call, O, operation

_REPLAYED = {"Idempotency-Replayed": "true"}
_CREATED, _ALLOCATION_FOLLOWS = 201, 202


@operation(
    "POST",
    "/v1/receipts",
    scopes=O,
    summary="Post a delivery: good units go into stock, every difference from the order is reported",
    body=ReceiptBody,
    answers={202: ReceiptView, 201: ReceiptView, 200: ReceiptView},
)
def receive(call: Call) -> Answer:
    body: ReceiptBody = call.body
    command = body.command(
        request_key=call.idempotency_key or "",
        digest=ids.body_digest(call.raw_body),
        actor=call.caller.actor,
    )
    book = TableOrderBook(call.container.table)
    received = receive_goods(
        command,
        store=TableReceivingStore(call.container.table),
        orders=book,
        refresh_status=partial(refresh_head, book=book),
        now=clock.now(),
    )
    view = receipt_view(received, _short(received, book))
    first = _ALLOCATION_FOLLOWS if received.units else _CREATED
    if received.replayed:
        return Answer(view, first if received.same_key else 200, _REPLAYED if received.same_key else {})
    telemetry.handled(len(received.lines))
    telemetry.count("UnitsReceived", received.units)
    telemetry.count("UnitsOver", sum(line.over for line in received.lines))
    telemetry.count("UnitsRejected", sum(line.line.rejected for line in received.lines))
    unplaced = sum(line.outcome in {"unknown_sku", "not_ordered"} for line in received.lines)
    telemetry.count("ReceiptLinesUnplaced", unplaced)
    telemetry.log("receipt_posted", receipt=command.receipt_id, units=received.units, lines=len(received.lines))
    return Answer(view, first)


def _short(received: Received, book: TableOrderBook) -> list[tuple[str, int]]:
    """What is still open of the order."""
    order = book.read(received.receipt.against) if received.receipt.against else None
    return [(line.sku, line.open) for line in book.lines(order) if line.open] if order else []
