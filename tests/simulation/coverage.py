"""Whether everything that may go wrong did, and every move and status was reached. What never happened was not tested.

What is expected follows from a tour in which nothing goes wrong: the operations that the handlers call, and the sources
that started them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shared.audit.wire import plain
from tests.simulation import mail_reports
from tests.simulation.accidents import Accident
from tests.simulation.catalogue import CALLS, DELIVERIES, EXPIRIES, REPORTS
from tests.simulation.expiries import SITE

Cell = tuple[str, str]

MOVES = ("allocate", "amend", "cancel", "deallocate", "recall", "release", "ship", "switch")
LINE_STATUSES = (
    "cancelled",
    "switched",
    "shipped",
    "partially_shipped",
    "released",
    "partially_released",
    "allocated",
    "partially_allocated",
    "waiting",
)
ORDER_STATUSES = ("open", "partially_ready", "ready", "partially_shipped", "shipped", "cancelled")
_OPENAPI = Path(__file__).resolve().parents[2] / "functions" / "api" / "openapi.json"
_CUT_OFF = ("dies before", "dies after")


def expected(calls: Iterable[tuple[str, str]], invoked: Iterable[tuple[str, str]]) -> set[Cell]:
    """Every kind at every operation it can happen to, and at every function by what starts it."""
    cells: set[Cell] = {(kind, SITE) for kind in EXPIRIES} | {(kind, mail_reports.SITE) for kind in REPORTS}
    for function, operation in calls:
        cells |= {(kind, operation) for kind, applies in CALLS.items() if applies(operation)}
        cells |= {(kind, function) for kind in _CUT_OFF}
    for function, source in invoked:
        starts = {source, "schedule"} if source == "async" else {source}
        cells |= {(kind, function) for kind, sources in DELIVERIES.items() if sources & starts}
    return cells


def happened(accidents: Iterable[Accident]) -> Counter[Cell]:
    """How often each cell was met."""
    cells: Counter[Cell] = Counter()
    for accident in accidents:
        cells[accident.kind, accident.where] += 1
        if accident.kind in _CUT_OFF:
            cells[accident.kind, accident.who] += 1
    return cells


def states_expected() -> set[str]:
    """Moves and statuses of design 3.1 and 3.14; those of purchase orders as the published contract lists them."""
    schemas = json.loads(_OPENAPI.read_text(encoding="utf-8"))["components"]["schemas"]
    purchase = schemas["PurchaseOrderView"]["properties"]["status"]["enum"]
    named = (("move", MOVES), ("line", LINE_STATUSES), ("backorder", ORDER_STATUSES), ("purchase order", purchase))
    return {f"{what} {name}" for what, names in named for name in names}


class Progress:
    """Follows lines and purchase orders from look to look: moves made, statuses seen, and what followed what."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self.transitions: Counter[tuple[str, str, str]] = Counter()
        self._was: dict[tuple[str, str], str] = {}
        self._moves: dict[str, int] = {}

    def look(self, answer: Any) -> None:
        """Take in what an answer shows: an order of a customer or to a supplier, or a page of them."""
        if not isinstance(answer, dict):
            return
        for page in ("items", "orders"):
            for item in answer.get(page) or ():
                self.look(item)
        if "purchase_order_id" in answer and "created_at" in answer:
            self._see("purchase order", str(answer["purchase_order_id"]), answer["status"])
        elif "consent" in answer:
            self._see("backorder", answer["backorder_id"], answer["status"])
            for line in answer["lines"]:
                self._see("line", f"{answer['backorder_id']}/{line['line_id']}", line["status"])

    def _see(self, what: str, name: str, status: str) -> None:
        before = self._was.get((what, name), "(new)")
        if before != status:
            self._was[what, name] = status
            self.reached[f"{what} {status}"] += 1
            self.transitions[what, before, status] += 1

    def moves(self, items: Iterable[Any]) -> None:
        """Count the moves in the logs of the table's lines that were not counted yet."""
        for item in items:
            line = plain(item)
            if line.get("kind") != "line":
                continue
            name, log = line["pk"] + line["sk"], line["log"]
            for entry in log[self._moves.get(name, 0) :]:
                self.reached[f"move {entry[1]}"] += 1
            self._moves[name] = len(log)


def missing(cells: Counter[Cell], wanted: set[Cell]) -> Iterator[str]:
    """Names of the cells nothing happened in."""
    return (f"{kind} x {where}" for kind, where in sorted(wanted) if not cells[kind, where])
