"""Table stream -> events on the bus. A repeated record publishes the same ids again."""

from __future__ import annotations

from functools import cache
from typing import Any

from functions.publish_events.log import log_events, note_trace
from functions.publish_events.translate import Terms, translate
from shared.aws import keys
from shared.aws.bus import publish
from shared.aws.changes import read_change
from shared.consent.rules import pack_for
from shared.contracts.events import SOURCE, envelope
from shared.kernel.clock import iso
from shared.runtime import environment, telemetry
from shared.runtime.batches import run_stream
from shared.runtime.container import container


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    wired = container()
    events: list[dict[str, Any]] = []
    traces: dict[str, str] = {}

    @cache
    def terms_of(key: str) -> Terms:
        head = wired.table.get(keys.backorder(key))
        if head is None:
            return Terms()
        note_trace(traces, "backorder", head.get)
        law = pack_for(head["customer"].get("country"), wired.settings().rule_packs)
        return Terms(head["payment"], law, {name: head[name] for name in ("order_id", "storefront")})

    def on_record(record: dict[str, Any]) -> None:
        change = read_change(record)
        note_trace(traces, change.kind, change.after)
        cause = change.caused_by or change.event_id
        for n, (type_, data) in enumerate(translate(change, terms_of)):
            events.append(envelope(type_, f"{change.event_id}-{n}", iso(change.at), data, cause))

    failures = run_stream(event, on_record, context)
    telemetry.count("SkusLow", sum(event["metadata"]["type"] == "sku.low" for event in events))
    publish(wired.environment[environment.EVENT_BUS_NAME], SOURCE, events)
    log_events(events, traces)
    return failures
