"""What the law of the customer's country asks a notice to say: until when to answer, and what silence means."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder, Line
from shared.backorders.payment import NOTED
from shared.backorders.withdrawal import withdrawn_at
from shared.consent.duty import Due
from shared.consent.model import Round, units_in_question
from shared.consent.rules import Rule, RulePack, pack
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
    return _back_by("cancelled.refund_by", max(given_up, default=0), head, of, words, now)


def refund_of_returned(view: OrderView, of: RulePack, words: Language, now: datetime) -> list[str]:
    """Until when what was paid for goods that had left when the customer withdrew comes back, and what that may wait
    for. Nothing where nothing left, or nothing was paid for it."""
    left = any((line.released or line.shipped) and Decimal(line.unit_price) for line in view.lines)
    if not left or not of.withdrawal or view.head.payment.get("status") == "failed":
        return []
    return _back_by("withdrawal_confirmed.refund", withdrawn_at(view.head), view.head, of, words, now)


def _back_by(key: str, since: int, head: Backorder, of: RulePack, words: Language, now: datetime) -> list[str]:
    """The sentence with the last day for money that is owed since then (0: none is)."""
    done = max((at for at, what, _, note in head.log if what == NOTED and note == "refunded"), default=0)
    by = of.refund_by(since) if since > done else None
    if by is None or by < micros(now):
        return []
    return [words(key, date=words.date(from_micros(by).date()))]


def standing(view: OrderView) -> Round | None:
    """The question that nobody has answered, if silence will end what is in it: no mail may say meanwhile that there is
    nothing to do."""
    asked = view.consents.undecided
    stands = asked is not None and asked.state == "open" and asked.on_silence == "cancel"
    return asked if asked is not None and stands and units_in_question(asked, view.lines) else None


def asks(view: OrderView, due: Due | None) -> bool:
    """Whether the customer has to decide: about what this mail asks, or about a question that stands."""
    asked = due.round if due is not None else standing(view)
    return asked is not None and _rule(asked).asks


def settled(view: OrderView, since: int, words: Language) -> list[str]:
    """That a question needs no answer any more, if its reason went after that time (microseconds)."""
    last = view.consents.rounds[-1] if view.consents.rounds else None
    gone = last is not None and last.state == "moot" and (last.closed_at or 0) > since
    return [words("promise_earlier.settled")] if last is not None and gone and _rule(last).asks else []


def unanswered(view: OrderView, since: int) -> Round | None:
    """The question that was ended by a rule after that time (microseconds), its units given up because nobody
    answered, or that is being ended."""
    ended = [r for r in view.consents.rounds if r.state in _ENDED and (r.actor or "").startswith("rule:")]
    return next((r for r in reversed(ended) if r.closed_at is None or r.closed_at > since), None)


_ENDED = frozenset({"ending", "refused"})


def beside(view: OrderView, due: Due | None, words: Language, *, asks: bool) -> list[str]:
    """What has to be said beside news: of the notice that is due, if it is one that `asks` (or one that does not), else
    of the question that stands."""
    if due is not None and due.rule.asks != asks:
        return []
    asked = due.round if due is not None else standing(view)
    if asked is None:
        return []
    how = [words("decision_needed.how")] if _rule(asked).asks else []
    return [*sentences(asked, view.head.customer.country, words), *how]


def sentences(asked: Round, country: str | None, words: Language) -> list[str]:
    """The sentences of this notice, in the customer's language: until when an answer counts, what silence means."""
    days = pack(asked.rule.partition(".")[0]).refund_within_days
    key = f"law.{'ask_' if _rule(asked).asks else ''}{asked.on_silence}"
    return [words(key, date=last_day(asked, country, words)), words("law.refund", n=words.number(days))]


def last_day(asked: Round, country: str | None, words: Language) -> str:
    """The last day on which an answer counts, by the clock of the customer's country where that day ends last."""
    ends = from_micros(asked.deadline)
    return words.date((ends - behind(country, ends)).date())


def _rule(asked: Round) -> Rule:
    name, _, row = asked.rule.partition(".")
    return next(rule for rule in pack(name).rules if rule.id == row)
