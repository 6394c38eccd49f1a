"""Payments on the wire: the shop reports, we note."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.contracts.common import Instant, Model


class PaymentReport(Model):
    """What happened to the money of an order. `authorisation_expires_at` belongs to `reauthorised`."""

    status: Literal["captured", "failed", "reauthorised", "refunded"]
    authorisation_expires_at: Instant | None = Field(None, description="null: the authorisation does not end")


class PaymentView(Model):
    """`reauthorise` says why a new authorisation is due: it `expires` before the expected release, or one `failed`."""

    mode: Literal["deferred", "prepaid"]
    authorisation_expires_at: str | None
    status: Literal["captured", "failed", "reauthorised", "refunded"] | None = Field(description="as last reported")
    reauthorise: Literal["expires", "failed"] | None
    place_kept_until: str | None = Field(
        description="after a failure; nothing happens by itself then: the shop decides"
    )
