"""What a mail says of the money: what is charged for these items, was paid for them, or comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.backorders.model import Backorder, Entry, Line
from shared.backorders.payment import paid_and_given_up, unpaid
from shared.consent.rules import RulePack
from shared.notifications import law
from shared.notifications.language import Language
from shared.notifications.told import LineTold


def money(
    kind: str,
    head: Backorder,
    lines: Sequence[Line],
    told: Mapping[int, LineTold],
    *,
    of: RulePack | None,
    words: Language,
    now: datetime,
) -> dict[str, Any]:
    """The parts of a section (`notes`, `after`) about the payment for these lines, none where they cost nothing; `told`
    is what was told before. Nothing is called charged or paid while the last payment is known to have failed."""
    deferred = head.payment.get("mode") == "deferred"
    priced = [line for line in lines if Decimal(line.unit_price)]
    if not priced:
        return {}
    if kind != "cancelled":
        failed = head.payment.get("status") == "failed"
        return {"notes": ["released.failed" if failed else "released.deferred" if deferred else "released.prepaid"]}
    paid = [] if unpaid(head.payment) else priced
    if deferred:
        paid = [line for line in priced if _paid_since(head, line, told.get(line.position))]
    if not paid:
        return {"notes": ["cancelled.deferred"]}
    return {"notes": ["cancelled.prepaid"], "after": law.refund(head, paid, of, words, now) if of else []}


def _paid_since(head: Backorder, line: Line, told: LineTold | None) -> bool:
    """Whether units were paid for among those of a deferred order that were cancelled since the last telling."""
    known = _told_of(line, told.cancelled) if told else ()
    before = paid_and_given_up(head.payment, known, line.brought)
    return paid_and_given_up(head.payment, line.log, line.brought) > before


def _told_of(line: Line, cancelled: int) -> Iterator[Entry]:
    """The beginning of a line's log, up to where that many units were cancelled."""
    for entry in line.log:
        cancelled -= entry.units if entry.target == "cancelled" else 0
        if cancelled < 0:
            return
        yield entry
