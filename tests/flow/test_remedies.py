"""What a merchant offers with the apology for a later date: one click, once per order, never beyond its budget."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from infra.local.http_messages import Request
from shared.notifications.language import language
from tests.flow.conftest import Shop
from tests.flow.test_customer_page import decide, form, link_of, look, send, text
from tests.flow.test_notices import expected_in
from tests.unit.notifications.letters import LOCALES

pytestmark = pytest.mark.slow

DISCOUNT = {"remedy_id": "sorry 5", "kind": "discount", "cost": "5.00", "code": "SORRY5"}
SHIPPING = {"remedy_id": "ship", "kind": "free_shipping", "cost": "4.50"}
OTHER = {"remedy_id": "other", "kind": "alternative"}


def offering(shop: Shop, *remedies: dict[str, str], budget: str = "100", each: int = 9, **more: Any) -> None:
    settings = {"remedies": list(remedies), "remedy_budget_per_month": budget, "remedies_per_customer": each}
    shop.ok("o", "PUT", "/v1/settings", settings | more)


def late(shop: Shop, *names: str, locale: str = "en") -> list[Any]:
    """Orders of these customers that wait and were told of a later date."""
    shop.item("A")
    orders = []
    for n, name in enumerate(names):
        who = {"id": name, "email": f"{name}@example.com", "name": name, "locale": locale, "country": "CH"}
        orders.append(shop.order(f"{n}", ("A", 3), customer=who))
    shop.settle()
    shop.days(0.5)
    expected_in(shop, "A", 90)
    assert shop.mails().count("promise_later") == len(names)
    return orders


def happened(shop: Shop, kind: str) -> list[Any]:
    return [
        e.envelope["detail"]["data"] for e in shop.world.engine.events.published if e.envelope["detail-type"] == kind
    ]


def forms(shop: Shop, order: Any) -> list[dict[str, str]]:
    return [one for one in look(shop, link_of(order)).forms() if one.get("action") == "remedy"]


def spent(shop: Shop) -> tuple[int, int]:
    """(ten-thousandths, acceptances) of this month's budget."""
    found = [one for one in shop.items_of_table() if one["sk"]["S"] == "BUDGET"]
    return (int(found[0]["spent"]["N"]), int(found[0]["accepted"]["N"])) if found else (0, 0)


def test_the_mail_of_a_later_date_offers_it_and_one_click_accepts_it(shop: Shop) -> None:
    offering(shop, DISCOUNT, SHIPPING, OTHER)
    (order,) = late(shop, "ann")
    mail = next(one for one in shop.world.engine.ses.mailbox if one["tags"]["kind"] == "promise_later")
    for words in ("A discount on your next order", "Free shipping", "Another item instead"):
        assert words in mail["text"]
        assert words in mail["html"]
    assert "SORRY5" not in mail["text"], "a code is for who accepts it"
    assert [one["remedy"] for one in forms(shop, order)] == ["sorry 5", "ship"]
    answer = decide(shop, order, "remedy")
    assert "Your code: SORRY5" in answer
    about = {"backorder_id": order["backorder_id"], "order_id": "0", "storefront": "local-shop"}
    remedy = {"remedy_id": "sorry 5", "kind": "discount", "cost": "5.00"}
    assert happened(shop, "remedy.accepted") == [about | remedy]
    history = shop.ok("o", "GET", f"/v1/backorders/{order['backorder_id']}/history")["items"]
    assert [(e["event"], e["actor"]) for e in history if e["event"] == "remedy"] == [("remedy", "customer")]
    assert forms(shop, order) == [], "one for each order"
    assert "Your code: SORRY5" in look(shop, link_of(order)).text
    assert spent(shop) == (50_000, 1)


@pytest.mark.parametrize("here", [True, False])
def test_what_is_ready_is_offered_only_where_something_is(shop: Shop, here: bool) -> None:
    offering(shop, {"remedy_id": "parts", "kind": "split"})
    shop.item("A")
    shop.item("B", free=1 if here else 0)
    shop.order("1", ("A", 3), ("B", 1), shipping="hold")
    shop.settle()
    shop.days(0.5)
    expected_in(shop, "A", 90)
    mail = next(one for one in shop.world.engine.ses.mailbox if one["tags"]["kind"] == "promise_later")
    assert (language("en")("remedy.split") in mail["text"]) == here


def test_what_was_accepted_stays_with_the_order_whatever_becomes_of_the_settings(shop: Shop) -> None:
    offering(shop, DISCOUNT)
    (order,) = late(shop, "ann")
    decide(shop, order, "remedy")
    for remedies in ([DISCOUNT | {"kind": "gift_wrap", "code": "ANOTHER"}], [SHIPPING], []):
        offering(shop, *remedies)
        shown = look(shop, link_of(order)).text
        assert "You have accepted: A discount on your next order. Your code: SORRY5" in shown
        assert forms(shop, order) == []


def test_an_order_that_accepted_before_codes_were_kept_shows_what_is_known_of_it(shop: Shop) -> None:
    offering(shop, DISCOUNT)
    (order,) = late(shop, "ann")
    decide(shop, order, "remedy")
    (head,) = [one for one in shop.items_of_table() if "remedy" in one]
    (table,) = shop.world.template.of_type("AWS::DynamoDB::Table")
    before = {name: value for name, value in head.items() if name != "remedy"}
    shop.world.engine.execute("dynamodb", "PutItem", {"TableName": table.name, "Item": before})
    assert "Your code: SORRY5" in look(shop, link_of(order)).text
    offering(shop)
    shown = look(shop, link_of(order)).text
    assert "You have accepted: A discount on your next order." in shown
    assert "Your code" not in shown


def test_who_was_not_told_of_a_later_date_is_offered_nothing(shop: Shop) -> None:
    offering(shop, DISCOUNT)
    shop.item("A")
    order = shop.order("1", ("A", 3))
    shop.settle()
    assert forms(shop, order) == []
    fields = form(look(shop, link_of(order)), "hold") | {"action": "remedy", "remedy": "sorry 5"}
    assert send(shop, link_of(order), fields).status == 409
    assert spent(shop) == (0, 0)


def test_a_second_click_and_a_second_remedy_change_nothing(shop: Shop) -> None:
    offering(shop, DISCOUNT, SHIPPING)
    (order,) = late(shop, "ann")
    first, other = forms(shop, order)
    assert [send(shop, link_of(order), one).status for one in (first, first, other)] == [200, 200, 409]
    assert spent(shop) == (50_000, 1)
    assert len(happened(shop, "remedy.accepted")) == 1


def test_looking_at_an_offer_twice_takes_nothing(shop: Shop) -> None:
    offering(shop, DISCOUNT)
    (order,) = late(shop, "ann")
    before = sorted(map(str, shop.items_of_table()))
    assert len(forms(shop, order)) == len(forms(shop, order)) == 1
    assert sorted(map(str, shop.items_of_table())) == before


def test_the_budget_of_a_month_is_kept_and_who_comes_too_late_is_told_so_kindly(shop: Shop) -> None:
    offering(shop, DISCOUNT, SHIPPING, budget="9.99")
    ann, bob, cy = late(shop, "ann", "bob", "cy")
    seen_before = forms(shop, bob)
    assert send(shop, link_of(ann), forms(shop, ann)[0]).status == 200
    refused = send(shop, link_of(bob), seen_before[0])
    assert refused.status == 409
    assert "this offer has been used up" in text(refused)
    assert [one["remedy"] for one in forms(shop, bob)] == ["ship"], "only what he can get is shown"
    assert send(shop, link_of(bob), forms(shop, bob)[0]).status == 200, "the cheaper one is still possible"
    assert forms(shop, cy) == []
    assert send(shop, link_of(cy), seen_before[1]).status == 409
    assert spent(shop) == (95_000, 2)
    shop.days(28)
    assert send(shop, link_of(cy), forms(shop, cy)[1]).status == 200, "a new month, a new budget"


def test_a_mail_names_no_offer_that_cannot_be_had_any_more(shop: Shop) -> None:
    offering(shop, DISCOUNT, OTHER, budget="5.00")
    ann, _bob = late(shop, "ann", "bob")
    assert send(shop, link_of(ann), forms(shop, ann)[0]).status == 200
    expected_in(shop, "A", 150)
    (mail,) = [one for one in shop.world.engine.ses.mailbox if one["to"] == ["bob@example.com"]][-1:]
    assert mail["tags"]["kind"] == "promise_later"
    assert "A discount on your next order" not in mail["text"]
    assert "Another item instead" in mail["text"], "what costs nothing is still offered"


def test_a_customer_gets_no_more_than_his_share(shop: Shop) -> None:
    offering(shop, SHIPPING, each=1)
    orders = late(shop, "ann", "ann", "bob")
    seen = [forms(shop, one)[0] for one in orders]
    assert [send(shop, link_of(one), form).status for one, form in zip(orders, seen, strict=True)] == [200, 409, 200]


def test_the_last_of_the_budget_goes_to_one_of_two_at_the_same_moment(shop: Shop) -> None:
    offering(shop, DISCOUNT, budget="5.00")
    ann, bob = late(shop, "ann", "bob")
    first, other = request(ann, forms(shop, ann)[0]), request(bob, forms(shop, bob)[0])
    inside: list[int] = []

    def overtake(_caller: Any, _service: str, operation: str, params: Any, *_: Any) -> None:
        if operation == "TransactWriteItems" and "REMEDIES#" in str(params) and not inside:
            inside.append(0)
            inside[0] = shop.world.gateway.handle(other).status

    shop.world.engine.before.append(overtake)
    answer = shop.world.gateway.handle(first)
    shop.settle()
    assert (inside, answer.status) == ([200], 409)
    assert spent(shop) == (50_000, 1)
    assert len(happened(shop, "remedy.accepted")) == 1


def request(order: Any, fields: dict[str, str]) -> Request:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return Request.of("POST", link_of(order), headers=headers, body=urlencode(fields).encode())


@pytest.mark.parametrize("locale", LOCALES)
def test_the_offer_speaks_the_customers_language(shop: Shop, locale: str) -> None:
    offering(shop, DISCOUNT)
    (order,) = late(shop, "ann", locale=locale)
    words = language(locale)
    assert words("remedy.offer") in shop.world.engine.ses.mailbox[-1]["text"]
    assert words("remedy.accepted", what=words("remedy.discount")) in decide(shop, order, "remedy", locale=locale)


@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"remedies": [{"remedy_id": "a", "kind": "cake"}]}, "/remedies/0/kind"),
        ({"remedies": [{"remedy_id": "a", "kind": "discount", "cost": "-1"}]}, "/remedies/0/cost"),
        ({"remedies": [SHIPPING, SHIPPING]}, "/remedies/1/remedy_id"),
        ({"remedy_budget_per_month": "1e9"}, "/remedy_budget_per_month"),
    ],
)
def test_remedies_that_cannot_be_are_refused_by_name(shop: Shop, settings: dict[str, Any], pointer: str) -> None:
    answer = shop.call("o", "PUT", "/v1/settings", settings)
    assert (answer.status, [e["pointer"] for e in answer.body["errors"]]) == (422, [pointer])
