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


@dataclass
class OrderFigures:
    """Sums over orders and their histories; add them one by one.

    `moved` are units by kind of move, `entered` and `left` units by bucket, all from the histories; `units_in` is what
    the orders say of themselves now. `promises` are counted by `verdict`.
    """

    orders: int = 0
    lines: int = 0
    ordered: int = 0
    units_in: Counter[str] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    entered: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    promises: Counter[str] = field(default_factory=Counter)

    def add(self, view: Json, history: Iterable[Json], now: datetime) -> None:
        """Count one order in, as it is and as it came to be."""
        self.orders += 1
        moves: dict[str, list[Json]] = {}
        for event in history:
            if event["source"] is not None:
                self.moved[event["event"]] += event["units"]
                self.left[event["source"]] += event["units"]
                self.entered[event["target"]] += event["units"]
                moves.setdefault(event["line_id"], []).append(event)
        for line in view["lines"]:
            self.lines += 1
            self.ordered += line["quantities"]["ordered"]
            self.units_in.update({bucket: line["quantities"][bucket] for bucket in BUCKETS})
            self.promises[verdict(line, moves.get(line["line_id"], []), now)] += 1

    def as_json(self) -> Json:
        """Their part of the report's last line."""
        return {
            "orders": self.orders,
            "lines": self.lines,
            "units_ordered": self.ordered,
            "units_allocated": self.moved["allocate"],
            "units_released": self.moved["release"],
            "units_shipped": self.moved["ship"],
            "units_cancelled": self.moved["cancel"] + self.moved["amend"],
            "units_switched": self.moved["switch"],
            "units_in": {bucket: self.units_in[bucket] for bucket in BUCKETS},
            "promises": sum(self.promises[name] for name in ("kept", "broken", "open", "void")),
            "promises_kept": self.promises["kept"],
        }


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
        if parse_iso(move["at"]) <= by:
            waiting += ((move["target"] == "waiting") - (move["source"] == "waiting")) * move["units"]
            given += (move["event"] == "allocate") * move["units"]
    if waiting:
        return "open" if by > now else "broken"
    return "kept" if given else "void"


@dataclass
class Figures:
    """Everything the report tells of the service; `json` is its last line."""

    json: Json
    orders: OrderFigures
    mails: Counter[str]
    purchase_orders: Counter[str]
    violations: list[Any]
    dead_letters: list[Json]
    disagreements: list[str]
    failures: list[str]

    @property
    def sound(self) -> bool:
        """Nothing failed or was lost, no rule is broken, the sums agree."""
        return not (self.failures or self.violations or self.dead_letters or self.disagreements)


def collect(
    service: Service,
    backorder_ids: Iterable[str],
    *,
    waiting_at_first: int,
    began: datetime,
    wall_seconds: float,
    failures: list[str],
) -> Figures:
    """Ask the service for everything it knows about these orders, its purchases, receipts and mails.

    `failures` are answers that the actors did not expect.
    """
    orders = OrderFigures()
    for backorder_id in backorder_ids:
        view = service.get("/v1/backorders/{}", backorder_id)
        orders.add(view, service.get("/v1/backorders/{}/history", backorder_id)["items"], service.now)
    bought, units_bought = _purchases(service)
    bus = bus_figures(service.control("GET", "events")["items"])
    mails = Counter(str(mail["kind"]) for mail in service.control("GET", "mail"))
    violations = service.control("POST", "invariants")["violations"]
    dead_letters = service.control("GET", "dead-letters")["items"]
    json: Json = {
        **orders.as_json(),
        "units_backordered": waiting_at_first,
        "purchase_orders": bought.total(),
        "units_purchased": units_bought,
        "receipts": bus["receipts"],
        "mails": mails.total(),
        "dead_letters": len(dead_letters),
        "invariant_violations": len(violations),
        "virtual_days": round((service.now - began).total_seconds() / 86_400, 1),
        "wall_seconds": round(wall_seconds, 1),
    }
    disagreeing = disagreements(orders, bus)
    return Figures(json, orders, mails, bought, violations, dead_letters, disagreeing, failures)


def _purchases(service: Service) -> tuple[Counter[str], int]:
    """Purchase orders that were sent, by status, and the units on them."""
    statuses: Counter[str] = Counter()
    units = 0
    for order in service.pages("/v1/purchase-orders", limit=100):
        if order["sent_at"] is not None:
            statuses[order["status"]] += 1
            units += sum(line["ordered"] for line in order["lines"])
    return statuses, units


def bus_figures(events: Iterable[Json]) -> Counter[str]:
    """What the events on the bus add up to; an event published again is the same event."""
    figures: Counter[str] = Counter()
    seen: set[str] = set()
    for event in events:
        if event["detail"]["metadata"]["id"] in seen:
            continue
        seen.add(event["detail"]["metadata"]["id"])
        kind, data = event["detail-type"], event["detail"]["data"]
        if kind == "backorder.recorded":
            figures["orders"] += 1
        elif kind == "receipt.posted":
            figures["receipts"] += 1
        elif kind == "line.allocated":
            figures["allocated"] += data["units"]
        elif kind == "shipment.confirmed":
            figures["shipped"] += sum(line["units"] for line in data["lines"])
    return figures


def disagreements(orders: OrderFigures, bus: Counter[str]) -> list[str]:
    """Sums that should be equal and are not, in words."""
    equal = [("units_in of all orders and units_ordered", orders.units_in.total(), orders.ordered)]
    for bucket in BUCKETS:
        by_history = orders.entered[bucket] - orders.left[bucket] + (orders.ordered if bucket == "waiting" else 0)
        equal.append((f"units {bucket} now and by the histories", orders.units_in[bucket], by_history))
    equal += [
        ("orders read and announced on the bus", orders.orders, bus["orders"]),
        ("units allocated by the histories and on the bus", orders.moved["allocate"], bus["allocated"]),
        ("units shipped by the histories and on the bus", orders.moved["ship"], bus["shipped"]),
    ]
    return [f"{what}: {one} and {other}" for what, one, other in equal if one != other]
