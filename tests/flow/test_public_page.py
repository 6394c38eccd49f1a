"""What anybody may see: the items that can be ordered although they are not there, with their dates."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.api import public_pages
from infra.local.http_messages import Request
from tests.flow.conftest import Shop
from tests.unit.pages.markup import Page
from tests.unit.pages.standard import parse_errors

pytestmark = pytest.mark.slow


def ask(shop: Shop, path: str, **headers: str) -> Any:
    shop.world.clock.tick()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    response = shop.world.gateway.handle(Request.of("GET", path, headers=given))
    text = response.body.decode() if isinstance(response.body, bytes) else response.body
    return response.status, text, {name.lower(): value for name, value in dict(response.headers).items()}


def data(shop: Shop, path: str = "/backorders.json") -> Any:
    status, text, _ = ask(shop, path)
    assert status == 200
    return json.loads(text)


def stocked(shop: Shop) -> None:
    shop.item("HERE", free=3)
    shop.item("GONE")
    shop.item("SOON", sellability_when_empty="preorder")
    shop.item("MADE", sellability_when_empty="made_to_order")
    shop.item("OUT", sellability_when_empty="out_of_stock")
    shop.item("LIMITED", backorder_limit=0)


def test_only_what_can_be_ordered_without_being_there_is_listed_with_the_dates_of_availability(shop: Shop) -> None:
    stocked(shop)
    items = data(shop)["items"]
    assert [(x["sku"], x["sellability"]) for x in items] == [
        ("GONE", "backorder"),
        ("MADE", "made_to_order"),
        ("SOON", "preorder"),
    ]
    asked = shop.ok("s", "GET", "/v1/items/GONE/availability")["promise"]
    assert items[0]["promise"] == asked
    assert items[0]["feed"] == {"id": "GONE", "availability": "backorder", "availability_date": asked["by"]}
    shop.receive(GONE=1)
    shop.settle()
    assert [x["sku"] for x in data(shop)["items"]] == ["MADE", "SOON"]


def test_the_page_says_the_same_to_people_and_to_search_engines(shop: Shop) -> None:
    stocked(shop)
    status, text, headers = ask(shop, "/backorders", accept_language="de")
    assert status == 200
    page = Page(text)
    assert parse_errors(text) == []
    assert "Thing GONE" in page.text
    assert "noindex" not in text + str(headers)
    assert headers["content-language"] == "de"
    linked = json.loads(page.one("script").text)
    assert page.one("script").attributes == {"type": "application/ld+json"}
    first = linked["itemListElement"][0]["item"]
    assert first["offers"]["availability"] == "https://schema.org/BackOrder"
    assert first["offers"]["availabilityStarts"] == data(shop)["items"][0]["promise"]["by"]


def test_a_name_with_markup_ends_no_script(shop: Shop) -> None:
    shop.item("GONE", description="</script><script>alert(1)</script>")
    _, text, _ = ask(shop, "/backorders")
    assert "<script>alert" not in text
    assert len(Page(text).all("script")) == 1


@pytest.mark.parametrize("path", ["/backorders", "/backorders.json"])
def test_who_has_it_already_is_told_so_until_it_changes(shop: Shop, path: str) -> None:
    stocked(shop)
    _, _, headers = ask(shop, path)
    assert headers["cache-control"] == "public, max-age=60"
    status, text, again = ask(shop, path, if_none_match=headers["etag"])
    assert (status, text or "", again["etag"]) == (304, "", headers["etag"])
    shop.receive(GONE=1)
    shop.settle()
    assert ask(shop, path, if_none_match=headers["etag"])[0] == 200


def test_where_the_list_goes_on_and_whom_to_ask_is_no_older_than_the_list(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_pages, "_LOOKED_AT", 2)
    shop.item("GONE")
    page, listed = (ask(shop, path)[2]["etag"] for path in ("/backorders", "/backorders.json"))
    shop.item("HERE", free=1)
    shop.item("LATER")
    assert ask(shop, "/backorders.json", if_none_match=listed)[0] == 200
    status, text, headers = ask(shop, "/backorders", if_none_match=page)
    assert (status, "?cursor=" in text) == (200, True)
    shop.ok("o", "PUT", "/v1/settings", {"contact": {"shop_name": "Lykta", "email": "hej@lykta.example"}})
    status, text, _ = ask(shop, "/backorders", if_none_match=headers["etag"])
    assert (status, "hej@lykta.example" in text) == (200, True)


def test_what_lies_behind_many_items_in_stock_is_on_the_first_page(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_pages, "_LOOKED_AT", 2)
    for n in range(5):
        shop.item(f"A{n}", free=1)
    shop.item("GONE")
    assert [x["sku"] for x in data(shop)["items"]] == ["GONE"]
    assert "Thing GONE" in ask(shop, "/backorders")[1]


def test_an_empty_page_says_no_more_than_that_nothing_can_be_ordered_ahead(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that all is in stock: what nobody may order ahead is not."""
    monkeypatch.setattr(public_pages, "_LOOKED_AT", 1)
    monkeypatch.setattr(public_pages, "_STEPS", 1)
    shop.item("OUT", sellability_when_empty="out_of_stock")
    first = ask(shop, "/backorders")[1]
    assert ("on this page" in first, "?cursor=" in first) == (True, True)
    _, last, _ = ask(shop, "/backorders?cursor=" + first.partition("?cursor=")[2].partition('"')[0])
    assert ("nothing to order ahead at the moment" in last, "?cursor=" in last) == (True, False)


def test_a_long_list_comes_in_bounded_steps_and_misses_nothing(shop: Shop) -> None:
    for n in range(205):
        shop.item(f"S{n:03d}", free=n % 2)
    found, cursor, steps = [], None, 0
    while steps == 0 or cursor:
        page = data(shop, "/backorders.json?limit=30" + (f"&cursor={cursor}" if cursor else ""))
        found += [x["sku"] for x in page["items"]]
        cursor, steps = page["next_cursor"], steps + 1
    shop.settle()
    assert found == [f"S{n:03d}" for n in range(0, 205, 2)]
    assert ask(shop, "/backorders?cursor=forged")[0] in {400, 422}
