"""Mails whose sender died between claiming and recording: after a while they count as unknown."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.kernel.clock import micros
from shared.notifications.again import resend_at
from shared.notifications.ports import Notices

SENDING = timedelta(minutes=10)
"""Longer than any function that sends mail may run: a claim older than this has no sender any more."""


def settle_unknown_notices(*, notices: Notices, now: datetime) -> list[tuple[str, int]]:
    """Close the claims nobody works on any more; returns the mails that have an unknown outcome by it, each by the key
    of its order and its revision.

    They are not sent again, but for what the law demands, later: the mail may have left before the sender died.
    """
    stale = list(notices.claimed_before(micros(now - SENDING)))
    return [(key, revision) for key, revision in stale if _settle(key, revision, notices)]


def _settle(key: str, revision: int, notices: Notices) -> bool:
    notice = notices.notice(key, revision)
    return notice is not None and notices.record_unknown(key, revision, resend_at(notice))
