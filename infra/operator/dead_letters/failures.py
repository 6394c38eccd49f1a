"""Why a letter died: read from the log of its function, from the letter itself, or from what the local runner knows.

A queue's dead letter says nothing about its failure; the function's log does, by message id. Error texts are not in it,
as they may quote what a customer wrote: kinds, codes and places are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.operator.dead_letters.model import Letter

Json = dict[str, Any]

_LOGGED = "last error logged: "
_UNKNOWN = (
    "not in the log by message id: the function was cut off (time, memory), or the message failed with its "
    "message group, whose last message is named; look for errors of the function at that time"
)


@dataclass(frozen=True)
class Failure:
    """How a letter failed last. `trace_id` ties the log lines of that invocation together."""

    reason: str
    trace_id: str | None = None
    attempt: int | None = None
    unreadable: bool = False

    @property
    def is_known(self) -> bool:
        return self.reason != _UNKNOWN


def failure_of(letter: Letter, lines: Iterable[str]) -> Failure:
    """The best that is known: the log by message id, what a service wrote into the letter, what the runner kept."""
    about = [line for line in map(document, lines) if line and line.get("message_id") == letter.message_id]
    if about:
        return _logged(about[-1])
    record = document(letter.body) or {}
    if "requestContext" in record:
        return _recorded(record, letter)
    if letter.reason:
        return _kept(letter)
    return Failure(_UNKNOWN, letter.trace_id)


def document(text: str) -> Json | None:
    """The JSON object in a text, None if there is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _logged(line: Json) -> Failure:
    attempt = str(line.get("attempt", ""))
    return Failure(
        reason="; caused by ".join(_causes(line)),
        trace_id=line.get("correlation_id") or line.get("xray_trace_id"),
        attempt=int(attempt) if attempt.isdecimal() else None,
        unreadable=line.get("error_code") == "malformed",
    )


def _causes(error: Json) -> Iterator[str]:
    """An error and what caused it, each with its kind, its code, the fields it names, and where it was raised."""
    while error:
        details = [error.get("error_code"), error.get("aws_error"), error.get("aws_operation"), error.get("missing")]
        details += error.get("error_pointers") or []
        named = ", ".join(str(detail) for detail in details if detail)
        place = " at ".join(["", *(error.get("frames") or [])[-1:]])
        yield str(error.get("error", "error")) + (f" ({named})" if named else "") + place
        error = error.get("caused_by") or {}


def _recorded(record: Json, letter: Letter) -> Failure:
    """Lambda's own record of what it gave up. Of a function that reported single failures it does not know more."""
    context = record["requestContext"]
    said = (record.get("responsePayload") or {}).get("errorMessage")
    tries = context.get("approximateInvokeCount")
    reason = f"{context.get('condition')}: {said}" if said else letter.reason or str(context.get("condition"))
    return Failure(reason, context.get("requestId") or letter.trace_id, tries)


def _kept(letter: Letter) -> Failure:
    before, found, line = (letter.reason or "").partition(_LOGGED)
    error = document(line) if found else None
    if error is None or "error" not in error:
        return Failure(letter.reason or _UNKNOWN, letter.trace_id)
    logged, other = _logged(error), error.get("message_id")
    if other in (None, letter.message_id):
        return logged
    return Failure(f"{before}failed together with {other}: {logged.reason}", letter.trace_id or logged.trace_id)
