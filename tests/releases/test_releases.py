"""What an earlier release left behind is understood: its items, its unread changes, its messages, links and cursors."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from infra.local.dead_letters import dead_letters
from infra.local.world import World
from shared.audit import check_table
from shared.kernel.ids import digest
from tests.releases import probes
from tests.releases.revived import Frozen, releases, revive, shops, table_of

pytestmark = pytest.mark.slow

SHOPS = [pytest.param(shop, id=f"release {n}, shop {name}") for n in releases() for name, shop in shops(n)]
DAYS = [2, pytest.param(7, marks=pytest.mark.long)]
"""Every job runs hourly, and does what is for once a day within one: on the second it meets what the first has left.
A whole week is for `make long`."""
_MOST = 3  # items and orders that are tried in one shop
_PLENTY = 2_000  # units, for everybody who waits
_ZOE = "zoe@example.com"  # a customer whom the earlier release did not know


def wrong(world: World) -> list[Any]:
    """What is wrong with a shop that has come to rest."""
    return [*check_table(table_of(world).items()), *dead_letters(world)]


def send(world: World, message: Frozen, n: int = 0) -> None:
    """Put a message on its queue as the earlier release had sent it; the n-th time it is another one to the queue."""
    fifo = {"MessageGroupId": message["group"], "MessageDeduplicationId": f"{n}-{digest(message['body'])}"}
    more: dict[str, Any] = fifo if message["queue"].endswith(".fifo") else {}
    world.send(message["queue"], message["body"], MessageAttributes=message["attributes"], **more)


@pytest.mark.parametrize("shop", SHOPS)
def test_every_link_and_cursor_and_quote_that_was_given_out_is_taken(shop: Frozen) -> None:
    with revive(shop) as world:
        for link in shop["links"]:
            assert world.http("GET", link).status == 200, link
        for target, cursor in shop["cursors"].items():
            answer = world.http("GET", f"{target}&cursor={quote(cursor)}", token=probes.operator(world))
            assert answer.status == 200, (target, answer.text)
        quoted = shop["quote"]
        if quoted:
            order = order_of(quoted["sku"], "quoted") | {"quote_token": quoted["token"]}
            answer = post(world, "/v1/backorders", order, "storefront")
            assert answer.status == 201, answer.text


@pytest.mark.parametrize("days", DAYS)
@pytest.mark.parametrize("shop", SHOPS)
def test_the_shop_ends_what_it_had_begun_takes_every_message_and_goes_on(shop: Frozen, days: int) -> None:
    """First what was on its way, then all of it again although it is done, then days of new orders, units found,
    shipments, cancellations, purchase orders and mails."""
    with revive(shop) as world:
        for again in range(2):
            for message in shop["messages"]:
                send(world, message, again)
            world.settle()
            assert wrong(world) == [], ("what it had begun", "every message again")[again]
        before = units_of(world)
        accepted = carry_on(world, shop, days)
        assert wrong(world) == []
        assert units_of(world)["shipped"] - before["shipped"] >= accepted
        mailed = [address for mail in world.engine.ses.mailbox for address in mail["to"]]
        assert (_ZOE in mailed) == bool(accepted)


def units_of(world: World) -> Counter[str]:
    """The units of all lines."""
    units: Counter[str] = Counter()
    for item in table_of(world).items():
        if item.get("kind", {}).get("S") == "line":
            units.update({name: int(item[name]["N"]) for name in ("ordered", "shipped", "cancelled")})
    return units


def carry_on(world: World, shop: Frozen, days: int) -> int:
    """Everything that the shop can do, and so many days of its jobs. Returns how many new orders were accepted."""
    orders = world.http("GET", f"/v1/backorders?limit={_MOST}", token=probes.operator(world)).json()["items"]
    for order in orders[:1]:
        post(world, f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "no longer needed"})
    accepted = 0
    for n, sku in enumerate(probes.skus(shop)[:_MOST]):
        recorded = post(world, "/v1/backorders", order_of(sku, f"new {n}"), "storefront")
        assert recorded.status in (201, 409), recorded.text  # an item may have a limit
        accepted += recorded.status == 201
        found = {"correction_id": f"found {n}", "sku": sku, "delta": _PLENTY, "reason": "count"}
        assert post(world, "/v1/stock-corrections", found).status in (200, 201)
    world.settle()
    for release in world.http("GET", "/v1/releases?limit=100", token=probes.operator(world)).json()["items"]:
        shipment = {"shipment_id": digest(release["release_id"])}
        shipped = post(world, f"/v1/releases/{release['release_id']}/ship", shipment)
        assert shipped.status == 200, shipped.text
    planned = post(world, "/v1/purchase-plans", {})
    assert planned.status in (200, 202), planned.text
    world.advance(timedelta(days=days))
    return accepted


def post(world: World, target: str, body: Frozen, *scopes: str) -> Any:
    """As a storefront, or as who may do everything."""
    token = world.token(*(scopes or ("storefront", "operations")))
    return world.http("POST", target, json=body, headers={"Idempotency-Key": digest(target, str(body))}, token=token)


def order_of(sku: str, order_id: str) -> Frozen:
    """An order of one unit of somebody new."""
    return {
        "order_id": order_id,
        "customer": {"id": "zoe", "email": _ZOE, "name": "Zoe", "locale": "sv", "country": "SE"},
        "currency": "EUR",
        "lines": [{"line_id": "1", "sku": sku, "quantity": 1, "unit_price": "9.00"}],
    }
