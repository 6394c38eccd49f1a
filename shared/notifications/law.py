"""What the law of the customer's country asks a notice to say: until when to answer, and what silence means."""

from __future__ import annotations

from shared.consent.duty import Due
from shared.kernel.clock import from_micros
from shared.notifications.language import Language


def sentences(due: Due, words: Language) -> list[str]:
    """The sentences of this notice, in the customer's language; the date is the last day on which an answer counts."""
    until = words.date(from_micros(due.round.deadline).date())
    key = f"law.{'ask_' if due.rule.asks else ''}{due.round.on_silence}"
    return [words(key, date=until), words("law.refund", n=words.number(due.pack.refund_within_days))]
