"""Notices that the law demands, sent once more when nobody knows whether the first went out.

Everything else of unknown outcome is left alone: two mails are worse than one that may be missing. Here a missing one
is worse: a clock runs for the customer, or his money is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from shared.backorders.lookup import OrderView
from shared.backorders.withdrawal import withdrawn_at
from shared.consent.duty import Due
from shared.consent.rules import pack
from shared.notifications.law import unanswered
from shared.notifications.news import Change, News
from shared.notifications.ports import Notice
from shared.notifications.told import Told

RECONCILE = timedelta(hours=6)
"""How long reports of the mail provider are waited for: they come within minutes, hours at the most."""


def is_legal(news: News, due: Due | None, view: OrderView, told: Told) -> bool:
    """Whether the law demands this mail: a notice of delay, a cancellation that a rule made, a withdrawal confirmed."""
    if due is not None or news.withdrawn:
        return True
    return "cancelled" in news.kinds and unanswered(view, told.at) is not None


def resend_at(notice: Notice) -> int:
    """When a notice of unknown outcome is to be sent once more (microseconds); 0: never, being ordinary or a repeat."""
    return notice.claimed_at + RECONCILE // timedelta(microseconds=1) if notice.legal and not notice.repeats else 0


def may_repeat(notice: Notice) -> bool:
    """Whether it is still a legal notice whose outcome nobody knows, and was not repeated yet."""
    return notice.state == "unknown" and bool(resend_at(notice)) and not notice.repeated_by


def open_duty(view: OrderView, notice: Notice) -> Due | None:
    """The question that this notice put, if it is still open."""
    asked = view.consents.undecided
    if asked is None or asked.state != "open" or asked.notice != notice.revision:
        return None
    law, _, row = asked.rule.partition(".")
    rules = pack(law)
    return Due(asked, next(rule for rule in rules.rules if rule.id == row), rules)


def once_more(notice: Notice, view: OrderView, news: News, duty: Due | None) -> News:
    """The news, and beside it what the notice said that still concerns the customer. `duty` is the open question."""
    there = {(change.kind, change.line.position) for change in news.changes}
    old = [c for c in _said(notice, view, duty) if (c.kind, c.line.position) not in there]
    withdrawn = withdrawn_at(view.head) if "withdrawal_confirmed" in notice.kinds else 0
    return News((*old, *news.changes), news.withdrawn or withdrawn)


def _said(notice: Notice, view: OrderView, duty: Due | None) -> Iterator[Change]:
    for line in view.lines:
        delay = duty.round.delay(line.position) if duty else None
        if duty and delay and line.waiting:
            yield Change("decision_needed" if duty.rule.asks else "promise_later", line, line.waiting, delay.was)
        if "cancelled" in notice.kinds and line.cancelled:
            yield Change("cancelled", line, line.cancelled)
