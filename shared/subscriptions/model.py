"""Somebody who asked to be told when an item is there again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.kernel.clock import micros
from shared.notifications.ports import mailbox_of

KEPT = timedelta(days=180)
"""Who was not told within it is not told any more: nobody remembers for longer what he has asked for."""

ENDED_KEPT = timedelta(days=30)
"""How long it is known, without the address, that a subscription was served or ended."""

State = Literal["waiting", "claimed", "sent", "unknown", "suppressed", "ended"]


@dataclass(frozen=True)
class Subscription:
    """One wish to be told, by item and mailbox. Times are microseconds.

    `by` is the storefront that says so, `request_key` and `digest` are those of its request. `place` orders those who
    wait: when he subscribed, or when a mail to him was last refused. `email` is empty once it is over. `after` is the
    mark of the leaving that went before ("" if there was none); None where it was not noted yet.
    """

    sku: str
    recipient: str
    email: str
    locale: str
    country: str | None
    by: str
    subscribed_at: int
    request_key: str
    digest: str
    state: State = "waiting"
    place: int = 0
    after: str | None = None

    @property
    def expires_at(self) -> int:
        return self.subscribed_at + KEPT // timedelta(microseconds=1)

    @property
    def open(self) -> bool:
        return self.state in {"waiting", "claimed"}

    def lapsed(self, now: datetime) -> bool:
        """Whether it is too old, also where the table has not removed it yet."""
        return self.expires_at <= micros(now)


@dataclass(frozen=True)
class Leaving:
    """A mailbox wants no more of it. `mark` tells it from every other leaving; `at` is in microseconds."""

    mark: str
    at: int

    def ends(self, subscription: Subscription) -> bool:
        """Whether it came after that subscription. The clocks of two functions do not know, what was read does."""
        if subscription.after is None:
            return self.at >= subscription.subscribed_at
        return self.mark != subscription.after


def subscriber_id(sku: str, email: str) -> str:
    """What a link to the page of a subscription names; no address can be read from it."""
    return mailbox_of(email) + sku


def parse_subscriber_id(id_: str) -> tuple[str, str]:
    """(sku, recipient) of such an id."""
    length = len(mailbox_of(""))
    return id_[length:], id_[:length]
