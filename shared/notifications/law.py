"""What the law of the customer's country asks a notice to say: until when to answer, and what silence means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from shared.backorders.model import Backorder, Line
from shared.consent.model import Round
from shared.consent.rules import RulePack, pack
from shared.kernel.clock import from_micros, micros
from shared.notifications.language import Language


def refund(head: Backorder, lines: Iterable[Line], of: RulePack, words: Language, now: datetime) -> list[str]:
    """Until when what was paid for units of these lines comes back, where a law says so: counted from when the last of
    them were given up, as in the events to the shop.

    Nothing where nothing is owed, as far as we know, nor when that day is over: a mail may be late.
    """
    paid = [line for line in lines if Decimal(line.unit_price)]
    given_up = [entry.at for line in paid for entry in line.log if entry.target == "cancelled"]
    by = of.refund_by(max(given_up)) if given_up and head.payment.get("status") != "refunded" else None
    if by is None or by < micros(now):
        return []
    return [words("cancelled.refund_by", date=words.date(from_micros(by).date()))]


def sentences(asked: Round, words: Language) -> list[str]:
    """The sentences of this notice, in the customer's language; the date is the last day on which an answer counts."""
    law, _, row = asked.rule.partition(".")
    rule = next(rule for rule in pack(law).rules if rule.id == row)
    until = words.date(from_micros(asked.deadline).date())
    key = f"law.{'ask_' if rule.asks else ''}{asked.on_silence}"
    return [words(key, date=until), words("law.refund", n=words.number(pack(law).refund_within_days))]
