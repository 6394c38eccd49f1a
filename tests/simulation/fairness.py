"""Nobody is overtaken: read from the lines of the table, as docs/data-model.md describes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from shared.audit.wire import plain
from shared.kernel.clock import micros
from tests.simulation.universe import Universe
from tests.simulation.wrong_clocks import MOST_SKEWED

Violation = tuple[str, str, str]
_TAKES = frozenset({"a", "r"})


def overtakings(universe: Universe) -> Iterator[Violation]:
    """Units that went to a line while one with an earlier rank, not held, was waiting for them already: longer than
    clocks may differ, if they do.

    An order in parts may have been finished by a repeat hours after it began: it waits from when it was announced.
    A line whose order changed its rank or its way of shipping stood elsewhere before, and is left out.
    """
    books = [plain(item) for item in universe.table.items()]
    heads = {item["id"]: item for item in books if item.get("kind") == "backorder"}
    queues: dict[str, list[Any]] = defaultdict(list)
    for item in books:
        if item.get("kind") == "line":
            rank, order, _ = item["sk"].split("#")
            if order in heads and heads[order]["state"] == "open":
                queues[item["pk"]].append((item["sk"], int(rank), heads[order], item))
    finished = _announced(universe)
    unsure = 2 * MOST_SKEWED * 1_000_000 if "clock skewed" in universe.plan.rates else 0
    for sku, queue in sorted(queues.items()):
        queue.sort(key=lambda entry: entry[0])
        yield from _in_queue(sku, queue, finished, unsure)


def _announced(universe: Universe) -> dict[str, int]:
    """When the bus first heard of each order, in microseconds."""
    out: dict[str, int] = {}
    for one in universe.world.engine.events.published:
        if one.envelope["detail-type"] == "backorder.recorded":
            out.setdefault(one.envelope["detail"]["data"]["backorder_id"], micros(one.put_at))
    return out


def _in_queue(sku: str, queue: list[Any], finished: dict[str, int], unsure: int) -> Iterator[Violation]:
    for place, (key, _, head, line) in enumerate(queue):
        if not line["waiting"] or head["shipping"] == "hold" or _moved(head):
            continue
        since = max(_waits_since(head, line), finished.get(head["id"], 0) if head.get("parts") else 0) + unsure
        for later, _, other, taker in queue[place + 1 :]:
            taken = [entry for entry in taker["log"] if entry[2] == "w" and entry[3] in _TAKES and entry[0] > since]
            if taken and not _moved(other):
                yield "nobody_is_overtaken", sku, f"{key} waits since {since}, {later} took {taken[0]}"
                return


def _waits_since(head: Any, line: Any) -> int:
    """When it was recorded, or came back to waiting last."""
    added = [
        at for at, what, _, note in head.get("log", ()) if what == "switch" and note.endswith(f" to {line['line_id']}")
    ]
    return max([head["recorded_at"], *added, *(entry[0] for entry in line["log"] if entry[3] == "w")])


def _moved(head: Any) -> bool:
    return any(what not in {"cancel", "switch", "recall"} for _, what, _, _ in head.get("log", ()))
