"""Subscriptions on the wire: who asks to be told when an item is there again."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.contracts.common import Country, Email, Locale, Model, iso
from shared.kernel import ids
from shared.subscriptions.model import KEPT, State, Subscription
from shared.subscriptions.subscribe import Subscribe

Status = Literal["waiting", "told", "ended"]
_STATUS: dict[State, Status] = {
    "waiting": "waiting",
    "claimed": "waiting",
    "sent": "told",
    "unknown": "told",
    "suppressed": "ended",
    "ended": "ended",
}


class SubscriptionBody(Model):
    """One mail, once. That this person has asked for it is for the storefront to make sure of."""

    email: Email
    locale: Locale = Field("en", description="the language of the mail")
    country: Country | None = Field(None, description="where he lives: quiet hours go by its clock")

    def command(self, sku: str, storefront: str, request_key: str) -> Subscribe:
        """The digest knows no upper case in the address: it makes no other mailbox."""
        return Subscribe(
            sku=sku,
            email=self.email,
            locale=self.locale,
            country=self.country,
            by=storefront,
            request_key=request_key,
            digest=ids.body_digest([self.email.lower(), self.locale, self.country]),
        )


class OneClickForm(Model):
    """What the page's form sends, and what mail programs send (RFC 8058, 3.2)."""

    list_unsubscribe: Literal["One-Click"] = Field(alias="List-Unsubscribe")


class SubscriptionView(Model):
    """A subscription; one that is not served within half a year ends by itself."""

    sku: str
    email: Email
    locale: Locale
    country: Country | None
    status: Status
    subscribed_at: str = Field(json_schema_extra={"format": "date-time"})
    expires_at: str = Field(json_schema_extra={"format": "date-time"}, description=f"{KEPT.days} days later")

    @classmethod
    def of(cls, one: Subscription, email: str) -> SubscriptionView:
        """`email` as it was given: what is over does not know it any more."""
        return cls(
            sku=one.sku,
            email=email,
            locale=one.locale,
            country=one.country,
            status=_STATUS[one.state],
            subscribed_at=iso(one.subscribed_at) or "",
            expires_at=iso(one.expires_at) or "",
        )
