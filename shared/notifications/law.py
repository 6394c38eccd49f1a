"""What the law of the customer's country asks a notice to say: until when to answer, and what silence means."""

from __future__ import annotations

from shared.consent.model import Round
from shared.consent.rules import pack
from shared.kernel.clock import from_micros
from shared.notifications.language import Language


def sentences(asked: Round, words: Language) -> list[str]:
    """The sentences of this notice, in the customer's language; the date is the last day on which an answer counts."""
    law, _, row = asked.rule.partition(".")
    rule = next(rule for rule in pack(law).rules if rule.id == row)
    until = words.date(from_micros(asked.deadline).date())
    key = f"law.{'ask_' if rule.asks else ''}{asked.on_silence}"
    return [words(key, date=until), words("law.refund", n=words.number(pack(law).refund_within_days))]
