"""Parcels: which of them a customer may be told of, in which words, and when the one he waits for can leave."""

from __future__ import annotations

from collections.abc import Mapping

from shared.backorders.lookup import OrderView
from shared.fulfilment.model import Shipment
from shared.kernel.clock import from_micros
from shared.notifications.language import Language
from shared.promising.promise import last_date

MOST_NAMED = 10
"""Parcels named one by one; of more only how many there are."""


def parcels_shown(view: OrderView) -> dict[int, list[Shipment]]:
    """Per release its first shipments, as far as the lines already show their units as shipped."""
    left = {line.position: line.shipped for line in view.lines}
    shown: dict[int, list[Shipment]] = {}
    for release in view.releases:
        parcels = shown.setdefault(release.n, [])
        for parcel in release.shipments:
            units = {position: shipped for position, shipped, _ in parcel.lines}
            if any(left.get(position, 0) < shipped for position, shipped in units.items()):
                break
            for position, shipped in units.items():
                left[position] -= shipped
            parcels.append(parcel)
    return shown


def new_parcels(view: OrderView, known: Mapping[int, int]) -> list[Shipment]:
    """Shipments beyond the `known` first ones of each release (by its number), oldest first; only those whose units
    the lines show as shipped."""
    fresh = [p for n, parcels in parcels_shown(view).items() for p in parcels[known.get(n, 0) :]]
    return sorted(fresh, key=lambda parcel: parcel.at)


def parcel_words(parcel: Shipment, words: Language) -> str:
    """The carrier and the number under which to follow it; empty if nothing is known but that it was sent."""
    given = {"carrier": parcel.carrier, "tracking": parcel.tracking}
    if not any(given.values()):
        return ""
    key = "parcel" if all(given.values()) else "parcel_carrier" if parcel.carrier else "parcel_tracking"
    return words(f"shipped.{key}", **given)


def parcels_said(view: OrderView, known: Mapping[int, int], words: Language) -> list[str]:
    """One sentence for each new parcel of which there is something to say, oldest first."""
    parcels = new_parcels(view, known)
    sentences = [said for parcel in parcels[:MOST_NAMED] if (said := parcel_words(parcel, words))]
    more = len(parcels) - MOST_NAMED
    return sentences + ([words.count("shipped.more_parcels", more)] if more > 0 else [])


def parcel_dates(view: OrderView, words: Language) -> str:
    """When the one parcel of an order leaves: when the last of its items is there. Empty if nobody can say, if nothing
    waits, or if there may be several parcels."""
    promises = [line.promise for line in view.lines if line.waiting]
    likely = last_date(promise.likely if promise else None for promise in promises)
    by = last_date(promise.by if promise else None for promise in promises)
    if view.head.shipping != "hold" or likely is None or by is None:
        return ""
    likely_day, by_day = (words.date(from_micros(at).date()) for at in (likely, by))
    return words("customer_page.dates", likely=likely_day, by=by_day)
