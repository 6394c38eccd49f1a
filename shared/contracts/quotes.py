"""Quotes on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from shared.backorders.estimate import Estimate
from shared.backorders.model import Promise
from shared.contracts.backorder_views import promise_view
from shared.contracts.backorders import MAX_LINES, PromiseView
from shared.contracts.common import Model, Quantity, Sku, iso

Json = dict[str, Any]


class QuoteLineBody(Model):
    sku: Sku
    quantity: Quantity


class QuoteBody(Model):
    """The lines of an order that is not placed yet."""

    lines: Annotated[list[QuoteLineBody], Field(min_length=1, max_length=MAX_LINES)]


class QuoteLineView(Model):
    """As the availability answer; lines of one SKU stand behind each other. `promise` is null when nothing waits."""

    sku: str
    quantity: int
    sellability: str
    available_now: int
    backordered: int
    promise: PromiseView | None


class QuoteView(Model):
    """Recording with `quote_token` until `expires_at` makes these promises the first ones of the order."""

    quote_token: str
    expires_at: str
    lines: list[QuoteLineView]


def estimate_view(found: Estimate, promise: Promise) -> Json:
    """One line of a quote. `promise` is the one given, which may be older than the estimate."""
    return {
        "sku": found.sku,
        "quantity": found.quantity,
        "sellability": found.sellability,
        "available_now": found.available_now,
        "backordered": found.backordered,
        "promise": None if promise.basis == "stock" else promise_view(promise, 0),
    }


def quote_view(token: str, expires_at: int, estimates: Iterable[Estimate], promises: Iterable[Promise]) -> Json:
    lines = [estimate_view(found, promise) for found, promise in zip(estimates, promises, strict=True)]
    return {"quote_token": token, "expires_at": iso(expires_at), "lines": lines}
