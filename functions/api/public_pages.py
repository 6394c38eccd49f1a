"""Routes that anybody may look at: what can be backordered, with dates, as a page and as its data."""

from __future__ import annotations

from dataclasses import asdict

from shared.aws.recording_store import read_facts
from shared.backorders.offers import Offer, offers
from shared.contracts.offers import OfferPage, json_ld, offer_view
from shared.kernel import clock, ids
from shared.kernel.clock import from_micros
from shared.notifications.language import Language
from shared.runtime.http import PUBLIC, Answer, Call, operation
from shared.runtime.pages import public_page, visitors_language
from shared.runtime.queries import page

_LOOKED_AT = 100
_STEPS = 10
_FRESH = {"Cache-Control": "public, max-age=60"}


@operation(
    "GET",
    "/backorders.json",
    scopes=PUBLIC,
    summary="What can be backordered now, with dates; may be kept for a minute",
    answers={200: OfferPage, 304: None},
    query=("limit", "cursor"),
)
def offers_as_data(call: Call) -> Answer:
    """A page of the list may hold fewer items than asked for, even none: go on while there is a cursor."""
    found, cursor = _offers(call)
    body = {"items": [offer_view(one) for one in found], "next_cursor": cursor}
    return _kept(call, Answer(body, headers=_FRESH), body)


@operation(
    "GET",
    "/backorders",
    scopes=PUBLIC,
    summary="The same for people and search engines (JSON-LD)",
    answers={200: None, 304: None},
    query=("limit", "cursor"),
    html=True,
)
def offers_as_page(call: Call) -> Answer:
    found, cursor = _offers(call)
    words, contact = visitors_language(call.headers), call.container.settings().contact
    facts = {
        "contact": contact,
        "offers": [_row(one, words) for one in found],
        "next": cursor,
        "linked": json_ld(found),
    }
    return _kept(
        call, public_page("offers", words, facts, _FRESH), [words.locale, facts["offers"], cursor, asdict(contact)]
    )


def _row(offer: Offer, words: Language) -> dict[str, str]:
    promise = offer.promise
    likely, by = (words.date(from_micros(at or 0).date()) for at in (promise.likely, promise.by))
    return {
        "name": offer.description or offer.sku,
        "sku": offer.sku,
        "kind": words(f"offers.{offer.sellability}"),
        "dates": words("customer_page.dates", likely=likely, by=by),
    }


def _offers(call: Call) -> tuple[list[Offer], str | None]:
    """A bounded walk along the list of items, to the first step on which some are offers."""
    asked = page(call)
    after, found, skus = asked.after["sku"] if asked.after else None, [], []
    for _ in range(_STEPS):
        skus = [one.item.sku for one in call.container.catalog.items_after(after, _LOOKED_AT)]
        found = offers(skus, read_facts(call.container.table, "", skus), clock.now())[: asked.limit]
        if found or len(skus) < _LOOKED_AT:
            break
        after = skus[-1]
    last = found[-1].sku if len(found) == asked.limit else skus[-1] if len(skus) == _LOOKED_AT else None
    return found, asked.cursor({"sku": last} if last is not None else None)


def _kept(call: Call, answer: Answer, content: object) -> Answer:
    """The answer, or 304 for who has it already; `content` is all that can differ between two answers."""
    tag = f'"{ids.body_digest(content)}"'
    headers = {**answer.headers, "ETag": tag}
    if tag in call.headers.get("if-none-match", ""):
        return Answer(None, 304, {**_FRESH, "ETag": tag})
    return Answer(answer.body, answer.status, headers)
