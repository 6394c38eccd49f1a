"""What the law of the customer's country asks a notice to say: until when to answer, and what silence means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.backorders.payment import NOTED
from shared.consent.duty import Due
from shared.consent.model import Round, units_in_question
from shared.consent.rules import RulePack, pack
from shared.kernel.clock import from_micros, micros
from shared.kernel.zones import behind
from shared.notifications.language import Language


def refund(head: Backorder, lines: Iterable[Line], of: RulePack, words: Language, now: datetime) -> list[str]:
    """Until when what was paid for units of these lines comes back, where a law says so: counted from when the last of
    them were given up, as in the events to the shop.

    Nothing where nothing is owed, as far as we know, nor when that day is over: a mail may be late.
    """
    paid = [line for line in lines if Decimal(line.unit_price)]
    given_up = [entry.at for line in paid for entry in line.log if entry.target == "cancelled"]
    done = max((at for at, what, _, note in head.log if what == NOTED and note == "refunded"), default=0)
    by = of.refund_by(max(given_up)) if given_up and max(given_up) > done else None
    if by is None or by < micros(now):
        return []
    return [words("cancelled.refund_by", date=words.date(from_micros(by).date()))]


def standing(view: OrderView) -> Round | None:
    """The question that nobody has answered, if silence will end what is in it: no mail may say meanwhile that there is
    nothing to do."""
    asked = view.consents.undecided
    stands = asked is not None and asked.state == "open" and asked.on_silence == "cancel"
    return asked if asked is not None and stands and units_in_question(asked, view.lines) else None


def beside(view: OrderView, due: Due | None, words: Language, *, asks: bool) -> list[str]:
    """What has to be said beside news: of the notice that is due, if it is one that `asks` (or one that does not), else
    of the question that stands."""
    if due is not None and due.rule.asks != asks:
        return []
    asked = due.round if due is not None else standing(view)
    return sentences(asked, view.head.customer.country, words) if asked else []


def sentences(asked: Round, country: str | None, words: Language) -> list[str]:
    """The sentences of this notice, in the customer's language; the date is the last day on which an answer counts, by
    the clock of his country where that day ends last."""
    law, _, row = asked.rule.partition(".")
    rule = next(rule for rule in pack(law).rules if rule.id == row)
    ends = from_micros(asked.deadline)
    until = words.date((ends - behind(country, ends)).date())
    key = f"law.{'ask_' if rule.asks else ''}{asked.on_silence}"
    return [words(key, date=until), words("law.refund", n=words.number(pack(law).refund_within_days))]
