"""The reports as people read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

Json = dict[str, Any]

_WIDTH = 150


def listed(report: Json) -> Iterator[str]:
    """One line per queue, below it its oldest letters."""
    yield f"Dead letters at {report['place']}"
    full = [queue for queue in report["queues"] if queue["count"]]
    for queue in full:
        age = f", oldest {_age(queue['oldest_age_seconds'])}" if "oldest_age_seconds" in queue else ""
        until = f", forgotten {_instant(queue['oldest_forgotten_at'])}" if age else ""
        yield f"{queue['queue']}  {queue['count']}{age}{until}"
        yield from (f"  {letter['message_id']}  {_short(letter['reason'])}" for letter in queue["letters"])
        if hidden := queue["count"] - len(queue["letters"]):
            yield f"  and {hidden} more"
    empty = len(report["queues"]) - len(full)
    yield f"{empty} of {len(report['queues'])} queues are empty"


def explained(report: Json) -> Iterator[str]:
    """Everything about one letter."""
    yield f"{report['message_id']} on {report['queue']} at {report['place']}"
    for name in ("source", "group", "attempts", "trace_id", "does", "reason", "log"):
        if report[name] is not None:
            yield f"{name.replace('_', ' ') + ':':<10} {report[name]}"
    yield f"sent:      {_instant(report['sent_at'])}, forgotten {_instant(report['forgotten_at'])}"
    body = report["body"]
    yield "body:      " + (body if isinstance(body, str) else json.dumps(body, indent=2, ensure_ascii=False))
    yield "what to do:"
    yield from report["todo"]


def redriven(report: Json) -> Iterator[str]:
    """What goes, or would go, back to work."""
    verb = "would go" if report["dry_run"] else "went"
    for letter in report.get("letters", []):
        yield f"  {letter['message_id']}  {_short(letter['reason'])}"
    yield f"{report['count']} of {report['queue']} {verb} back to {report['to']} at {report['place']}"


def _short(text: str) -> str:
    line = text.splitlines()[0] if text else ""
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def _instant(text: str) -> str:
    return text[:16].replace("T", " ") + " UTC"


def _age(seconds: int) -> str:
    age = timedelta(seconds=seconds)
    hours, minutes = age.seconds // 3600, age.seconds % 3600 // 60
    return f"{age.days} d {hours} h" if age.days else f"{hours} h {minutes} min"
