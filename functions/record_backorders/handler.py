"""Bulk queue -> backorders. What is valid but refused becomes an event; only what cannot be read or done fails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from shared.aws.recording_store import TableRecordingStore
from shared.aws.refusals import note_refusal
from shared.backorders.record import record_backorder
from shared.contracts.backorder_commands import record_command
from shared.contracts.backorders import BackorderBody
from shared.kernel import clock, ids
from shared.kernel.errors import Conflict, Forbidden, InProgress, Invalid, Malformed
from shared.runtime import problems, quote_tokens, telemetry, told_time
from shared.runtime.batches import run_batch
from shared.runtime.container import Container, container
from shared.runtime.order_metrics import count_recorded, count_refused

DEFAULT_STOREFRONT = "bulk"


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    wired, told = container(), told_time.of_first_receipt(event)
    return run_batch(event, lambda body: _record(body, wired, told), context)


def _record(raw: dict[str, Any], wired: Container, told: datetime | None) -> None:
    """Who can write to the queue is trusted like an operator: IAM decides."""
    try:
        body = BackorderBody.model_validate(raw)
    except ValidationError as error:
        raise Malformed("the message is not a backorder") from problems.invalid_body(error)
    storefront = body.storefront or DEFAULT_STOREFRONT
    command = record_command(
        body,
        raw,
        storefront=storefront,
        request_key=f"queue:{ids.body_digest(raw)}",
        actor=f"queue:{storefront}",
        operations=True,
        trace=telemetry.cause(),
    )
    try:
        quotes = quote_tokens.reader(wired)
        store = TableRecordingStore(wired.table)
        recorded = record_backorder(command, store=store, now=clock.now(), told=told, read_quote=quotes)
    except InProgress:
        raise
    except (Invalid, Conflict, Forbidden) as refusal:
        note_refusal(wired.table, command, problems.problem(refusal, path="/v1/backorders", trace_id=""), clock.now())
        count_refused(refusal)
        return
    if not recorded.replayed:
        count_recorded(recorded.lines, "queue")
        order = recorded.order
        telemetry.log("backorder_recorded", backorder=order.id, lines=len(order.lines), correlation_id=order.trace)
