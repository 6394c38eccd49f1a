"""A batch that comes in two pieces: what a poller hands over at once is its own business."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from infra.local.function import Outcome

Event = dict[str, Any]


def in_pieces(event: Event, at: int, invoke: Callable[[Event], Outcome], *, in_order: bool) -> Outcome:
    """Invoke with the records before and behind `at`, and answer as if it had been one batch.

    `in_order`: nothing behind a failure is tried, as a stream has it.
    """
    records = event["Records"]
    first = invoke({"Records": records[:at]})
    if first.error is not None or at >= len(records) or (in_order and _failures(first)):
        return first
    second = invoke({"Records": records[at:]})
    if second.error is not None:
        return second
    return replace(second, value={"batchItemFailures": [*_failures(first), *_failures(second)]})


def _failures(outcome: Outcome) -> list[Any]:
    return list((outcome.value or {}).get("batchItemFailures", ()))
