"""The public list of what can be backordered: its data, and the same for search engines and shopping feeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from shared.backorders.offers import Offer
from shared.contracts.backorder_views import promise_view
from shared.contracts.backorders import PromiseView
from shared.contracts.common import Model, iso

Json = dict[str, Any]

_SCHEMA_ORG = {"backorder": "BackOrder", "preorder": "PreOrder", "made_to_order": "MadeToOrder"}
_FEED = {"preorder": "preorder"}


class FeedRow(Model):
    """A row of a product feed in the terms of Google Merchant Center; the date is the one held nine times in ten."""

    id: str
    availability: Literal["backorder", "preorder"]
    availability_date: str


class OfferView(Model):
    sku: str
    description: str
    sellability: Literal["backorder", "preorder", "made_to_order"]
    promise: PromiseView
    feed: FeedRow


class OfferPage(Model):
    items: list[OfferView]
    next_cursor: str | None


def offer_view(offer: Offer) -> Json:
    by = iso(offer.promise.by)
    return {
        "sku": offer.sku,
        "description": offer.description,
        "sellability": offer.sellability,
        "promise": promise_view(offer.promise, 0),
        "feed": {
            "id": offer.sku,
            "availability": _FEED.get(offer.sellability, "backorder"),
            "availability_date": by,
        },
    }


def json_ld(offers: Sequence[Offer]) -> Json:
    """The offers as an ItemList of schema.org."""
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "item": _product(offer)} for n, offer in enumerate(offers, start=1)
        ],
    }


def _product(offer: Offer) -> Json:
    return {
        "@type": "Product",
        "sku": offer.sku,
        "name": offer.description or offer.sku,
        "offers": {
            "@type": "Offer",
            "availability": f"https://schema.org/{_SCHEMA_ORG[offer.sellability]}",
            "availabilityStarts": iso(offer.promise.by),
        },
    }
