"""What the storefront reports about an order's payment.

A payment that failed costs nobody the place: it is kept for some days, and the shop sends its pay link. What happens
after them, the shop decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.backorders.change import Asked, Changed, attempt, find_order, repeat, touched
from shared.backorders.model import Backorder, Line
from shared.backorders.payment import NOTED, Payment, expected_releases, flagged, unflagged
from shared.backorders.ports import ChangingStore, OrderChange
from shared.kernel.clock import DAY, iso
from shared.kernel.errors import Conflict, Invalid
from shared.settings.model import MerchantSettings

Status = Literal["captured", "failed", "reauthorised", "refunded"]


@dataclass(frozen=True)
class Report:
    """What happened to the money. `expires_at` belongs to a new authorisation."""

    status: Status
    expires_at: datetime | None = None


def report_payment(
    asked: Asked, report: Report, *, store: ChangingStore, settings: MerchantSettings, now: datetime
) -> Changed:
    """Note in the order's history what happened to its payment. Raises NotFound, Invalid, Conflict, KeyReused."""
    _check(report, now)

    def once() -> Changed | None:
        view = find_order(asked.backorder_id, store, asked.storefront)
        if repeat(asked, view.head):
            return Changed(view, replayed=True)
        _check_mode(view.head, report)
        payment = _after(view.head.payment, report, view.lines, settings, now)
        head = replace(touched(view.head, asked, now, NOTED, report.status), payment=payment)
        store.change(OrderChange(view, head, asked.mark))
        return Changed(find_order(asked.backorder_id, store, asked.storefront))

    return attempt(asked, store, once)


def _after(payment: Payment, report: Report, lines: list[Line], settings: MerchantSettings, now: datetime) -> Payment:
    plain = unflagged(payment) | {"status": report.status}
    if report.status in {"captured", "refunded"} and payment.get("reauthorise") == "expires":
        of_a_part = any(line.open for line in lines)  # what is still to come needs the other authorisation as before
        return payment | {"status": report.status} if of_a_part else plain
    if report.status == "failed" and plain["mode"] == "deferred":
        kept = iso(now + settings.payment_grace_days * DAY)
        return plain | {"reauthorise": "failed", "place_kept_until": kept}
    if report.status != "reauthorised":
        return plain
    plain.pop("authorisation_expires_at", None)
    if report.expires_at is not None:
        plain["authorisation_expires_at"] = iso(report.expires_at)
    return flagged(plain, expected_releases(lines))


def _check(report: Report, now: datetime) -> None:
    if report.expires_at is None:
        return
    if report.status != "reauthorised":
        raise Invalid.at("/authorisation_expires_at", "belongs to reauthorised")
    if report.expires_at <= now:
        raise Invalid.at("/authorisation_expires_at", "must lie ahead")


def _check_mode(head: Backorder, report: Report) -> None:
    if head.payment["mode"] == "prepaid" and report.status == "reauthorised":
        raise Conflict.at("/status", "a prepaid order has no authorisation")
