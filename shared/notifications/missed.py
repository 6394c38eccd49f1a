"""What a customer missed: a mailbox was closed or a mail came back, and then his address was put right.

While the address is wrong, what could not be told counts as told, so that it is not tried (and noted) anew every day.
From the moment on at which the order has another address, its news is what differs from what last reached him.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared.backorders.lookup import OrderView
from shared.kernel.clock import micros
from shared.notifications.ports import Notice, Notices, mailbox_of
from shared.notifications.told import Told

_AMENDED = "amend"
_CLOCKS = timedelta(minutes=1) // timedelta(microseconds=1)
"""By how much the clocks of who tells and of who amends may differ."""


def reckoned(view: OrderView, told: Told, notices: Notices, now: datetime) -> tuple[OrderView, Told]:
    """The order and what was told of it, for its news to be told to the address it has now.

    If the last telling went elsewhere and was lost, that is what reached the customer before it, empty if nothing did;
    and a question that he never saw is asked no more, so that it is put anew with all the time to answer. Nothing of
    it is written: whoever tells writes all of it with his claim.
    """
    key, known = view.head.key, view.consents
    last = notices.notice(key, told.mail) if _may_have_moved(view, told) else None
    if last is None or last.reached or last.recipient == mailbox_of(view.head.customer.email):
        return view, told
    asked = known.undecided
    if asked and asked.state == "open" and asked.notice and not notices.reached(key, asked.notice):
        struck = known.closed("untold", micros(now), f"rule:{asked.rule}")
        view = replace(view, consents=replace(struck, version=known.version))
    before = told.reached or Told()
    came_back = before.mail and not notices.reached(key, before.mail)
    return view, replace(Told() if came_back else before, revision=told.revision)


def having_reached(key: str, told: Told, previous: Notice | None, repeats: int, notices: Notices) -> Told | None:
    """What is kept beside the telling that follows on `told`: the last one that is not known to have been lost.

    `previous` is the notice of its revision, `repeats` that of the mail that is said once more, for it may be lost.
    """
    if not told.mail:
        return None
    notice = previous if told.mail == told.revision else notices.notice(key, told.mail)
    lost = notice is not None and (not notice.reached or notice.revision == repeats)
    return told.reached if lost else replace(told, reached=None)


def _may_have_moved(view: OrderView, told: Told) -> bool:
    """Whether the order was amended since in a way that was noted: only then it can have another address, and a notice
    has to be read."""
    if not told.mail or view.head.erased_at is not None:
        return False
    return any(what == _AMENDED and note and at > told.at - _CLOCKS for at, what, _, note in view.head.log)
