"""Table stream -> messages on queues. The stream is the outbox: but for the chaser nothing else sends work."""

from __future__ import annotations

from functools import partial
from typing import Any

from functions.fan_out_changes.routing import ALLOCATE, NOTIFY, RELEASE, SUBSCRIBERS, Skus, Work, merge, route
from shared.aws.changes import read_change
from shared.aws.order_reader import skus_of_order
from shared.aws.queues import Message, send_all
from shared.aws.stock_items import needed_of
from shared.kernel import ids
from shared.runtime import telemetry
from shared.runtime.batches import run_stream
from shared.runtime.container import Container, container

_MOST_OF_A_SUPPLIER = 2_000  # as of the largest order; the daily look dates the rest


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    wired = container()
    works: list[Work] = []
    skus = Skus(partial(skus_of_order, wired.table), partial(needed_of, wired.table, most=_MOST_OF_A_SUPPLIER))

    def on_record(record: dict[str, Any]) -> None:
        works.extend(route(read_change(record), skus))

    failures = run_stream(event, on_record, context)
    _send(merge(works), wired)
    return failures


def _send(works: list[Work], wired: Container) -> None:
    by_queue: dict[str, list[Message]] = {}
    for work in works:
        by_queue.setdefault(work.queue, []).append(_message(work, wired))
    for queue, messages in by_queue.items():
        send_all(wired.environment[queue], messages)


def _message(work: Work, wired: Container) -> Message:
    if work.queue in {ALLOCATE, RELEASE, SUBSCRIBERS}:
        return Message(work.body, group=ids.digest(work.key), dedup=ids.token(work.cause, work.key), cause=work.event)
    if work.queue == NOTIFY:
        return Message(work.body, delay=wired.settings().merge_window_seconds, cause=work.event)
    return Message(work.body, delay=work.delay, cause=work.event)
