"""The suppliers: confirm the orders they are sent and deliver them, most as promised."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from infra.local.demo.agenda import Agenda
from infra.local.demo.chance import fraction, happens, pick
from infra.local.demo.service import Json, RefusedError, Service
from infra.local.demo.supply import Supply
from shared.kernel.clock import iso

RULE = (
    "Suppliers look at their mail at 17:30. They confirm an order 10 to 34 hours later, with the day they mean to "
    "deliver, and deliver after a lead time drawn from their own past ones; goods come at 10:00.",
    "By the hash of the order: 15 % name a day 3 to 8 days too early, 5 % confirm less of one line than ordered, 2 % "
    "cannot deliver one line at all.",
    "Deliveries, by the hash of the order: 78 % complete, 8 % in two parts (the second 5 days later), 5 % short (the "
    "buyer closes the rest after 3 days), 5 % with 6 units too many, 4 % with a tenth of a line damaged (rejected, "
    "replaced after 6 days).",
)

_DELIVERIES = (("complete", 0.78), ("two parts", 0.86), ("short", 0.91), ("over", 0.96), ("damaged", 1.0))
_TOO_EARLY, _LESS, _CANNOT = 0.15, 0.20, 0.22
_SOONEST = timedelta(hours=20)
_SECOND_PART, _REPLACEMENT, _CLOSED = timedelta(days=5), timedelta(days=6), timedelta(days=3)
_DELIVERY_HOUR = 10
_CONFLICT = 409


@dataclass
class Suppliers:
    """All suppliers, and the buyer's and receiving desk's part in a delivery."""

    service: Service
    supply: Supply
    agenda: Agenda
    known: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)

    def read_mail(self) -> None:
        """Take in the orders that were sent since last time."""
        for order in list(self.service.pages("/v1/purchase-orders", status="sent", limit=100)):
            number = str(order["purchase_order_id"])
            if number in self.known:
                continue
            self.known.add(number)
            now = self.service.now
            arrival = _morning(now + max(_SOONEST, self._lead_time(order)))
            confirmed = now + timedelta(hours=10 + 24 * fraction("confirms", number))
            if confirmed < arrival:
                self.agenda.add(confirmed, partial(self._confirm, number, arrival))
            self.agenda.add(arrival, partial(self._deliver, number, 1))

    def _lead_time(self, order: Json) -> timedelta:
        supplier = self.supply.supplier(order["supplier_id"])
        return timedelta(days=supplier.lead_times.draw(order["purchase_order_id"]))

    def _order(self, number: str) -> Json:
        return self.service.get("/v1/purchase-orders/{}", number)

    def _confirm(self, number: str, arrival: datetime) -> None:
        order = self._order(number)
        if order["status"] != "sent":
            return
        mood = fraction("confirms how", number)
        named = arrival - timedelta(days=3 + 5 * fraction("days too early", number)) if mood < _TOO_EARLY else arrival
        date = iso(max(named, self.service.now + _SOONEST).astimezone(UTC).replace(microsecond=0))
        lines: list[Json] = [
            {"sku": line["sku"], "status": "accepted", "date": date} for line in order["lines"] if line["open"]
        ]
        if not lines:
            return
        if _TOO_EARLY <= mood < _CANNOT:
            chosen = pick(range(len(lines)), "which line", number)
            lines[chosen] = _less(order, lines[chosen]) if mood < _LESS else _cannot(lines[chosen])
            self.counts[f"confirmed with a line {lines[chosen]['status']}"] += 1
        else:
            self.counts["confirmed as ordered"] += 1
        key = f"confirm-{number}"
        self.service.post("/v1/purchase-orders/{}/acknowledge", number, body={"lines": lines}, key=key)

    def _deliver(self, number: str, part: int) -> None:
        """Post what arrives of the order now."""
        order = self._order(number)
        open_lines = [line for line in order["lines"] if line["open"]]
        if not open_lines:
            return
        mood = fraction("delivers how", number)
        how = "rest" if part > 1 else next(name for name, below in _DELIVERIES if mood < below)
        lines = _receipt_lines(number, how, open_lines)
        receipt = f"{number}-{part}"
        body = {
            "receipt_id": receipt,
            "supplier_id": order["supplier_id"],
            "purchase_order_id": number,
            "received_at": iso(self.service.now),
            "lines": lines,
        }
        if lines:
            self.service.post("/v1/receipts", body=body, key=f"receipt-{receipt}")
            self.counts[f"delivered: {how}"] += 1
        self._follow_up(number, how, part)

    def _follow_up(self, number: str, how: str, part: int) -> None:
        wait = {"two parts": _SECOND_PART, "damaged": _REPLACEMENT}.get(how)
        if wait is not None:
            self.agenda.add(_morning(self.service.now + wait), partial(self._deliver, number, part + 1))
        elif how == "short":
            self.agenda.add(self.service.now + _CLOSED, partial(self._close_short, number))

    def _close_short(self, number: str) -> None:
        try:
            self.service.post("/v1/purchase-orders/{}/close-short", number, body={}, key=f"close-{number}")
        except RefusedError as refused:
            if refused.status != _CONFLICT:
                raise
            self.counts["close short refused"] += 1
        else:
            self.counts["rest closed short"] += 1


def _morning(earliest: datetime) -> datetime:
    """The first 10:00 from then on."""
    at = earliest.replace(hour=_DELIVERY_HOUR, minute=0, second=0, microsecond=0)
    return at if at >= earliest else at + timedelta(days=1)


def _less(order: Json, line: Json) -> Json:
    ordered = next(one["open"] for one in order["lines"] if one["sku"] == line["sku"])
    return {**line, "status": "changed", "quantity": max(1, ordered * 3 // 4)}


def _cannot(line: Json) -> Json:
    return {"sku": line["sku"], "status": "rejected"}


def _receipt_lines(number: str, how: str, open_lines: list[Json]) -> list[Json]:
    """What is in the delivery: `quantity` good units, `rejected` ones on top."""
    lines: list[Json] = [{"sku": line["sku"], "quantity": line["open"]} for line in open_lines]
    odd = pick(lines, "odd line", number)
    if how == "two parts":
        for line in lines:
            if happens(0.5, "later", number, line["sku"]):
                line["quantity"] //= 2
    elif how == "short":
        odd["quantity"] = odd["quantity"] * 2 // 3
    elif how == "over":
        odd["quantity"] += 6
    elif how == "damaged":
        odd["rejected"] = max(1, odd["quantity"] // 10)
        odd["quantity"] -= odd["rejected"]
    return [line for line in lines if line["quantity"] or line.get("rejected")]
