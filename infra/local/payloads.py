"""How events are handed to functions: as JSON, up to the size Lambda takes."""

from __future__ import annotations

import json
import marshal
from typing import Any

MAX_PAYLOAD = 6 * 1024 * 1024
"""Bytes of a request or a response of a synchronous invocation."""

_ENVELOPE = 1024
_LONGEST_ESCAPE = 6  # bytes JSON may need for one byte of text


def encode(value: Any) -> str:
    """`value` as JSON. Raises TypeError or ValueError for what is not JSON or too large."""
    text = json.dumps(value, allow_nan=False)
    if len(text) > MAX_PAYLOAD:
        raise ValueError(f"payload of {len(text)} bytes exceeds the maximum of {MAX_PAYLOAD} bytes")
    return text


def copy(value: Any) -> Any:
    """A deep copy of JSON data, many times faster than writing and reading it as JSON."""
    return marshal.loads(marshal.dumps(value, 2))  # noqa: S302 - our own bytes; version 2 shares nothing inside


def fitting(records: list[dict[str, Any]]) -> int:
    """How many of the records go into one invocation, at least one; a poller leaves the others for the next."""
    if _surely_fit(records):
        return len(records)
    size = _ENVELOPE
    for count, record in enumerate(records):
        size += len(json.dumps(record)) + 2
        if size > MAX_PAYLOAD:
            return max(count, 1)
    return len(records)


def _surely_fit(records: list[dict[str, Any]]) -> bool:
    """Measured by a bound that is cheap, and no further than it reaches: a batch may hold megabytes of large items."""
    size = _ENVELOPE
    for record in records:
        size += len(marshal.dumps(record, 2)) * _LONGEST_ESCAPE
        if size > MAX_PAYLOAD:
            return False
    return True
