"""Nobody's address or name gets to where operators look: logs, metrics, events, webhooks, lists of dead letters.

The customers of this run are canaries: names and addresses that occur nowhere else. Everything that can go wrong with
them does: refused and unreadable orders, bounces, failing calls, broken links, hostile forms.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.local.engine.errors import ServiceError
from infra.local.world import World
from tests.flow import published
from tests.flow.conftest import Shop
from tests.operator.conftest import Tool

pytestmark = pytest.mark.slow

CANARY = re.compile(r"canary|kanari|zwitschermann|gelbschnabel", re.IGNORECASE)


def customer(n: int, country: str = "US") -> Any:
    return {
        "id": f"c-{n}",
        "email": f"canary{n}@{'simulator.amazonses.com' if n == 0 else 'kanarienvogel.example'}",
        "name": f"Zwitschermann Gelbschnabel {n}",
        "locale": "de",
        "country": country,
    }


def seen_by_operators(world: World) -> dict[str, str]:
    """Everything that is kept about the run outside the table and the mailbox."""
    return {
        "logs": "\n".join(line.line for line in world.output.lines),
        "metrics": json.dumps(world.output.metrics.as_json(), default=str),
        "events": json.dumps([dict(detail) for detail in published.ours(world.engine.events)]),
        "webhooks": "\n".join(one.body.decode() for one in world.receivers.received),
    }


def a_bad_week(shop: Shop) -> None:
    """Ten customers, and everything that can go wrong with what they are called."""
    shop.ok("o", "PUT", "/v1/webhooks/shop", {"url": "https://shop.example.com/"})
    bounce = customer(0) | {"email": "bounce+canary@simulator.amazonses.com"}
    orders = [shop.order(str(n), ("A", 2), ("B", 1), customer=bounce if n == 0 else customer(n)) for n in range(8)]
    refused = shop.call("s", "POST", "/v1/backorders", shop.order_body("x", ("Q", 1), customer=customer(8)))
    wrong = shop.order_body(
        "y", ("A", 1), customer=customer(9) | {"email": "canary at kanarienvogel", "nick": "canary"}
    )
    assert (refused.status, shop.call("s", "POST", "/v1/backorders", wrong).status) == (422, 422)
    for body in (wrong, shop.order_body("z", ("Q", 1), customer=customer(10)), "canary@kanarienvogel.example not json"):
        shop.world.send("record-backorders", body if isinstance(body, str) else json.dumps(body))
    shop.settle()
    with_failing_calls(shop, lambda: shop.order("late", ("A", 1), customer=customer(11)))
    page = shop.read(orders[1])["links"]["customer"]
    token = "/b/" + page.rpartition("/b/")[2]
    for path in (token, token[:-4] + "AAAA", "/b/canary@kanarienvogel.example"):
        shop.world.http("GET", path)
        shop.world.http(
            "POST", path, body=b"do=cancel&name=canary", headers={"content-type": "application/x-www-form-urlencoded"}
        )
    path = f"/v1/backorders/{orders[2]['backorder_id']}"
    shop.ok("s", "PATCH", path, {"customer": {"email": "other@kanarienvogel.example"}}, if_match='"1"')
    shop.ok("s", "POST", f"{path}/cancel", {"reason": "canary wants no more"})
    shop.days(6)


def with_failing_calls(shop: Shop, work: Any) -> None:
    """Every seventh call of AWS fails, with a message that quotes the request, as AWS's do now and then."""
    calls = [0]

    def fails(caller: Any, service: str, operation: str, params: Any) -> None:
        calls[0] += 1
        if service in {"dynamodb", "sesv2"} and calls[0] % 7 == 0:
            raise ServiceError("InternalServerError", f"could not take {params}", 500)

    shop.world.engine.before.append(fails)
    work()
    shop.days(0.3)
    shop.world.engine.before.remove(fails)
    assert calls[0] > 50


def test_no_log_metric_event_or_list_of_dead_letters_names_a_customer(dying_shop: Shop, tool: Tool) -> None:
    a_bad_week(dying_shop)
    assert len([m for m in dying_shop.world.engine.ses.mailbox if CANARY.search(m["text"] + str(m["to"]))]) > 8
    seen = seen_by_operators(dying_shop.world)
    seen |= {"dead letters": tool("list").out, "dead letters (JSON)": tool("list", "--json").out}
    for place, text in seen.items():
        assert text, place
        found = CANARY.search(text)
        assert found is None, f"{place}: {text[max(0, found.start() - 200) : found.end() + 50]}"
    assert "Malformed" in seen["dead letters"]
