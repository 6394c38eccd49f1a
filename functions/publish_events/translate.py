"""Changes of the table -> events of the contract. No personal data: ids, SKUs, units, dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.aws import keys
from shared.aws.backorder_items import entry_from
from shared.aws.changes import Change
from shared.aws.stock_items import LOW_AT
from shared.backorders.payment import NOTED, paid_and_given_up, unpaid
from shared.consent.rules import RulePack
from shared.contracts.common import iso
from shared.kernel import clock, ids
from shared.remedies.model import ACCEPTED, parse_note

Event = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Terms:
    """How an order is paid, the law of its customer, and how its shop calls it."""

    payment: dict[str, str] = field(default_factory=dict)
    law: RulePack | None = None
    called: dict[str, str] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        return self.payment.get("mode", "")

    def refund_by(self, at: datetime) -> dict[str, str]:
        """Until when what was paid has to be back, of units given up at that time."""
        by = self.law.refund_by(clock.micros(at)) if self.law else None
        return {} if by is None else {"refund_by": clock.iso(clock.from_micros(by))}


TermsOf = Callable[[str], Terms]


def translate(change: Change, terms_of: TermsOf) -> Iterator[Event]:
    """(type, data) of every event a change means. `terms_of` reads an order's terms (by its key)."""
    translator = _TRANSLATORS.get(change.kind)
    if translator is not None and change.new is not None:
        yield from translator(change, terms_of)


def _order(change: Change) -> dict[str, Any]:
    return {
        "backorder_id": change.after("id"),
        "order_id": change.after("order_id"),
        "storefront": change.after("storefront"),
    }


def _backorder(change: Change, _: TermsOf) -> Iterator[Event]:
    if change.after("state") != "open":
        return
    if change.before("state") != "open":
        lines = [{"line_id": v[0], "sku": v[1], "quantity": v[2]} for v in change.after("lines")]
        large = {"parts": change.after("parts")} if change.after("parts") else {}
        yield "backorder.recorded", _order(change) | {"priority": change.after("priority"), "lines": lines} | large
        yield from _reauthorise(change)
        return
    for _n, (_at, what, actor, note) in change.gained("log"):
        if what == NOTED and note not in {"captured", "refunded"}:
            yield from _reauthorise(change)
        if what == ACCEPTED:
            kind, cost, remedy_id = parse_note(note)
            yield "remedy.accepted", _order(change) | {"remedy_id": remedy_id, "kind": kind, "cost": cost}
        if what in {"amend", "switch", "recall", "withdraw"}:
            switched = _switched(change) if what == "switch" else {}
            yield "backorder.amended", _order(change) | {"change": what, "actor": actor} | switched


def _switched(change: Change) -> dict[str, Any]:
    """From which line to which: the shop moves what it holds of the money with the units. Of a line of a large order
    the head alone does not know the SKU."""
    skus = {values[0]: values[1] for values in change.after("lines")}
    for _n, (line_id, sku, units, price, *was) in change.gained("lines"):
        old = {"from_line_id": was[0]} | ({"from_sku": skus[was[0]]} if was[0] in skus else {})
        return {"switched": old | {"line_id": line_id, "sku": sku, "units": units, "unit_price": price}}
    return {}


def _reauthorise(change: Change) -> Iterator[Event]:
    """A new authorisation is due: the one there is ends too early (`expires`), or a payment `failed`."""
    payment = change.after("payment")
    if "reauthorise" in payment:
        told = ("authorisation_expires_at", "needed_at", "place_kept_until")
        about = {name: payment[name] for name in told if name in payment}
        yield "payment.reauthorise_due", _order(change) | {"reason": payment["reauthorise"]} | about


def _line(change: Change, terms_of: TermsOf) -> Iterator[Event]:
    if change.inserted:
        return
    sku, _rank, backorder_id, _position = keys.parse_line({"pk": change.after("pk"), "sk": change.after("sk")})
    about = {"backorder_id": backorder_id, "line_id": change.after("line_id"), "sku": sku}
    for _n, entry in change.gained("log"):
        if entry[1] == "allocate":
            yield "line.allocated", about | {"units": entry[4], "at": iso(entry[0])}
    if change.rose("cancelled") > 0:
        yield from _cancelled(change, terms_of(ids.backorder_key(backorder_id) or ""), about)
    for n, revision in change.gained("promises"):
        dates = {"likely": iso(revision[1]), "by": iso(revision[2])}
        yield "promise.revised", about | dates | {"basis": revision[3], "cause": revision[4], "revision": n}


def _cancelled(change: Change, terms: Terms, about: dict[str, Any]) -> Iterator[Event]:
    """What was paid for units that were given up goes back; of what was not paid the authorisation is let go. Units
    that were switched are not given up: their money goes with them."""
    units, called = change.rose("cancelled"), about | terms.called
    before, after = _paid(terms, change.before), _paid(terms, change.after)
    paid = units if terms.mode == "prepaid" else min(units, max(0, after - before))
    owed = paid if Decimal(change.after("unit_price")) and not unpaid(terms.payment) else 0
    deadline = terms.refund_by(change.at) if owed else {}
    yield "backorder.cancelled", called | {"units": units} | _by_whom(change) | deadline
    for type_, part in (("payment.refund_due", owed), ("payment.void_due", units - paid)):
        if part > 0:
            price = {"units": part, "unit_price": change.after("unit_price")}
            yield type_, called | price | (deadline if type_ == "payment.refund_due" else {})


def _by_whom(change: Change) -> dict[str, str]:
    """Who gave units up, and how. Not why: people write what they like there, and events hold nothing personal."""
    entries = [entry_from(entry) for _n, entry in change.gained("log")]
    ends = [entry for entry in entries if entry.target == "cancelled"]
    return {"change": ends[-1].move, "actor": ends[-1].actor} if ends else {}


def _paid(terms: Terms, value: Callable[..., Any]) -> int:
    log = map(entry_from, value("log", []))
    return paid_and_given_up(terms.payment, log, value("brought", 0))


def _release(change: Change, terms_of: TermsOf) -> Iterator[Event]:
    about = {"release_id": change.after("id"), "backorder_id": change.after("backorder_id")}
    shipments = list(change.gained("shipments"))
    if not change.inserted and not shipments:
        return
    terms = terms_of(ids.backorder_key(change.after("backorder_id")) or "")
    about |= terms.called
    if change.inserted:
        lines = [{"line_id": v[1], "sku": v[2], "units": v[3]} for v in change.after("lines")]
        yield "release.created", about | {"lines": lines}
        if terms.mode == "deferred":
            yield "payment.capture_due", about | {"lines": lines}
        return
    by_position = {v[0]: v for v in change.after("lines")}
    for _n, shipment in shipments:
        lines = [
            {"line_id": by_position[p][1], "sku": by_position[p][2], "units": units, "returned": back}
            for p, units, back in shipment["lines"]
        ]
        sent = {"shipment_id": shipment["shipment_id"], "lines": lines}
        carrier = {"carrier": shipment.get("carrier"), "tracking": shipment.get("tracking")}
        yield "shipment.confirmed", about | sent | carrier


def _refusal(change: Change, _: TermsOf) -> Iterator[Event]:
    if change.inserted:
        about = {"order_id": change.after("order_id"), "storefront": change.after("storefront")}
        yield "backorder.refused", about | {"problem": change.after("problem")}


def _purchase_order(change: Change, _: TermsOf) -> Iterator[Event]:
    status = change.after("status")
    if not change.changed("status"):
        return
    about = {"purchase_order_id": change.after("id"), "supplier_id": change.after("supplier_id"), "status": status}
    if status == "sent":
        yield "purchase_order.sent", about
    elif change.before("status") in {"sent", "acknowledged", "partially_received"}:
        yield "purchase_order.changed", about


def _receipt(change: Change, _: TermsOf) -> Iterator[Event]:
    if change.after("status", "posted") == "posted" and change.before("status") != "posted":
        yield "receipt.posted", {"receipt_id": keys.receipt_of(change.after("pk"))}


def _consent(change: Change, terms_of: TermsOf) -> Iterator[Event]:
    had = len(change.before("rounds", []))
    for asked in change.after("rounds")[had:]:
        called = terms_of(ids.backorder_key(asked["backorder_id"]) or "").called
        about = {"backorder_id": asked["backorder_id"], **called, "round": asked["n"], "rule": asked["rule"]}
        ends = {"deadline": iso(asked["deadline"]), "on_silence": asked["on_silence"]}
        late = [line_id for _, line_id, _was, _now, *milder in asked["delays"] if not milder]
        yield "consent.required", about | ends | {"lines": late}


def _stock(change: Change, _: TermsOf) -> Iterator[Event]:
    """Once when a SKU falls below its reorder point, counting what is on order; again after it has been above it. A
    new item has not fallen: its opening stock is still to come."""
    if not change.inserted and _is_low(change.after) and not _is_low(change.before):
        counters = {name: change.after(name, 0) for name in ("free", "waiting", "on_order")}
        yield "sku.low", {"sku": change.after("sku"), **counters, "reorder_point": change.after(LOW_AT)}


def _is_low(value: Callable[[str], Any]) -> bool:
    low_at = value(LOW_AT)
    return low_at is not None and (value("on_order") or 0) - (value("short") or 0) < low_at


_TRANSLATORS: dict[str, Callable[[Change, TermsOf], Iterator[Event]]] = {
    "backorder": _backorder,
    "line": _line,
    "release": _release,
    "refusal": _refusal,
    "purchase_order": _purchase_order,
    "receipt": _receipt,
    "consent": _consent,
    "stock": _stock,
}
