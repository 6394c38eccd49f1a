"""What became of it all: figures from the service itself, never from what the actors meant to do.

A switch adds a line to its order; the new line is counted like any, so `units_ordered` has a switched unit twice: on
the line it left, where it counts as `switched`, and on the line it went to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from infra.local.demo.service import Json, Service
from shared.backorders.model import BUCKETS
from shared.kernel.clock import parse_iso

_MOVES = {"allocate": "units_allocated", "release": "units_released", "ship": "units_shipped"}
_UNSENT = frozenset({"held", "draft", "awaiting_approval", "approved"})


@dataclass
class Figures:
    """Everything the report tells; `json` has the keys of its last line."""

    json: Json
    mails: Counter[str]
    promises: Counter[str]
    moves: Counter[str]
    purchase_orders: Counter[str]
    violations: list[Any]
    dead_letters: list[Json]
    disagreements: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Nothing was lost, no rule is broken, the sums agree."""
        return not (self.violations or self.dead_letters or self.disagreements)


@dataclass
class _Orders:
    """Sums over all orders and their histories."""

    orders: int = 0
    lines: int = 0
    ordered: int = 0
    units_in: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    promises: Counter[str] = field(default_factory=Counter)

    def add(self, view: Json, history: Iterable[Json], now: datetime) -> None:
        self.orders += 1
        events: dict[str, list[Json]] = {}
        for event in history:
            if event["units"] is not None and event["source"] is not None:
                self.moves[event["event"]] += event["units"]
                events.setdefault(event["line_id"], []).append(event)
        for line in view["lines"]:
            self.lines += 1
            self.ordered += line["quantities"]["ordered"]
            self.units_in.update({bucket: line["quantities"][bucket] for bucket in BUCKETS})
            self.promises[verdict(line, events.get(line["line_id"], []), now)] += 1


def verdict(line: Json, moves: list[Json], now: datetime) -> str:
    """What became of a line's first promise.

    `kept` if by its `by` date no unit waited any more, `broken` if one still did, `open` while that date is to come;
    `none` for lines served from the shelf or never given a date, `void` if the customer took back everything in time.
    """
    promise = line["first_promise"]
    if promise is None or promise["by"] is None or promise["basis"] == "stock":
        return "none"
    by = parse_iso(promise["by"])
    waiting, given = line["quantities"]["ordered"], 0
    for move in moves:
        if parse_iso(move["at"]) > by:
            break
        waiting += (move["target"] == "waiting") * move["units"] - (move["source"] == "waiting") * move["units"]
        given += (move["event"] == "allocate") * move["units"]
    if waiting:
        return "open" if by > now else "broken"
    return "kept" if given else "void"


def collect(
    service: Service, backorder_ids: Iterable[str], *, waiting_at_first: int, began: datetime, wall_seconds: float
) -> Figures:
    """Ask the service for everything it knows about these orders, its purchases, receipts and mails."""
    orders = _Orders()
    for backorder_id in backorder_ids:
        view = service.get("/v1/backorders/{}", backorder_id)
        history = service.get("/v1/backorders/{}/history", backorder_id)["items"]
        orders.add(view, history, service.now)
    bought, units_bought = _purchases(service)
    events = service.control("GET", "events")["items"]
    mails = Counter(str(mail["kind"]) for mail in service.control("GET", "mail"))
    violations = service.control("POST", "invariants")["violations"]
    dead_letters = service.control("GET", "dead-letters")["items"]
    judged = {name: orders.promises[name] for name in ("kept", "broken", "open", "void")}
    json: Json = {
        "orders": orders.orders,
        "lines": orders.lines,
        "units_ordered": orders.ordered,
        "units_backordered": waiting_at_first,
        "purchase_orders": sum(bought.values()),
        "units_purchased": units_bought,
        "receipts": len(_receipts(events)),
        **{name: orders.moves[move] for move, name in _MOVES.items()},
        "units_cancelled": orders.moves["cancel"] + orders.moves["amend"],
        "units_switched": orders.moves["switch"],
        "units_in": {bucket: orders.units_in[bucket] for bucket in BUCKETS},
        "mails": mails.total(),
        "promises": sum(judged.values()),
        "promises_kept": judged["kept"],
        "dead_letters": len(dead_letters),
        "invariant_violations": len(violations),
        "virtual_days": round((service.now - began).total_seconds() / 86_400, 1),
        "wall_seconds": round(wall_seconds, 1),
    }
    figures = Figures(json, mails, Counter(judged), orders.moves, bought, violations, dead_letters)
    figures.disagreements = disagreements(json, orders.moves)
    return figures


def _purchases(service: Service) -> tuple[Counter[str], int]:
    """Purchase orders that were sent, by status, and the units on them."""
    statuses: Counter[str] = Counter()
    units = 0
    for order in service.pages("/v1/purchase-orders", limit=100):
        if order["status"] in _UNSENT:
            continue
        full = order if "lines" in order else service.get("/v1/purchase-orders/{}", order["purchase_order_id"])
        statuses[order["status"]] += 1
        units += sum(line["ordered"] for line in full["lines"])
    return statuses, units


def _receipts(events: list[Json]) -> set[str]:
    """Receipts announced on the bus; a repeated announcement is the same receipt."""
    return {
        str(event["detail"]["data"]["receipt_id"]) for event in events if event["detail-type"] == "receipt.posted"
    }


def disagreements(json: Json, moves: Counter[str]) -> list[str]:
    """Sums that should be equal and are not, in words."""
    left = json["units_in"]
    waited = json["units_ordered"] - moves["allocate"] + moves["deallocate"]
    equal = (
        ("units_in add up to units_ordered", sum(left.values()), json["units_ordered"]),
        ("units shipped in the histories are the units shipped now", json["units_shipped"], left["shipped"]),
        ("units cancelled in the histories are the units cancelled now", json["units_cancelled"], left["cancelled"]),
        ("units switched in the histories are the units switched now", json["units_switched"], left["switched"]),
        (
            "releases less recalls and shipments are the units released now",
            moves["release"] - moves["recall"] - moves["ship"],
            left["released"],
        ),
        (
            "what was ordered less what was allocated, or given up, waits or was given up from the shelf",
            waited - moves["cancel"] - moves["amend"] - moves["switch"]
            + moves["allocate"] - moves["deallocate"] + moves["recall"] - moves["release"],
            left["waiting"] + left["allocated"],
        ),
    )  # fmt: skip
    return [f"{what}: {one} and {other}" for what, one, other in equal if one != other]
