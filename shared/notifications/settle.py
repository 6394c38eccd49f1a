"""Mails of which nobody knows whether they left: their sender died, or the provider did not answer.

Mostly the provider's own report says it within minutes. Only what none has come for in an hour stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.kernel.clock import from_micros, micros
from shared.notifications.again import resend_at
from shared.notifications.ports import Notices

SENDING = timedelta(minutes=10)
"""Longer than any function that sends mail may run: a claim older than this has no sender any more."""

REPORTED = timedelta(minutes=60)
"""How long a report is waited for until somebody should know that the mail may be missing."""


@dataclass(frozen=True)
class Settled:
    """Mails, each by the key of its order and its revision: whose sender died, and whose outcome stays unknown."""

    died: list[tuple[str, int]]
    given_up: list[tuple[str, int]]


def settle_unknown_notices(*, notices: Notices, now: datetime) -> Settled:
    """Close the claims nobody works on any more, and wait no longer for reports that did not come.

    They are not sent again, but for what the law demands, later: the mail may have left before the sender died.
    """
    done = Settled([], [])
    for key, revision in list(notices.claimed_before(micros(now - SENDING))):
        notice = notices.notice(key, revision)
        if notice is None:
            continue
        if notice.state == "claimed" and notices.record_unknown(key, revision):
            done.died.append((key, revision))
        late = from_micros(notice.claimed_at) <= now - REPORTED
        if late and notices.give_up(key, revision, resend_at(notice)):
            done.given_up.append((key, revision))
    return done
