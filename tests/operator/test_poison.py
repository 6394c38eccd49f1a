"""A message that can never succeed dies alone, with its reason and its trace id; everybody else is served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from infra.local.world import World
from shared.kernel import ids
from tests.flow.conftest import Shop
from tests.flow.faults import different, forked, picture

pytestmark = pytest.mark.slow

TRIES = 5
TOO_LONG = "x" * 3000  # longer than a key may be: the table refuses every question about it
SAME = ids.digest("A")  # the group of the item that is in demand


@dataclass(frozen=True)
class Poison:
    """A message, and on FIFO queues its group. `KEY` in it stands for an order that is being served."""

    queue: str
    body: str
    group: str = ""
    delay: int = 0

    def members(self) -> dict[str, Any]:
        if self.group:
            return {"MessageGroupId": self.group, "MessageDeduplicationId": "poison"}
        return {"DelaySeconds": self.delay} if self.delay else {}


POISONS = (
    Poison("record-backorders", "not json"),
    Poison("record-backorders", '{"order_id": 1}'),
    Poison("tally-demand", "not json"),
    Poison("tally-demand", '{"order": "x"}'),
    Poison("tally-demand", json.dumps({"sku": TOO_LONG})),
    Poison("allocate-stock.fifo", "not json", SAME),
    Poison("allocate-stock.fifo", "not json", "another"),
    Poison("release-orders.fifo", "not json", "another"),
    Poison("release-orders.fifo", '{"backorder": 7}', "another"),
    Poison("send-purchase-orders", "not json"),
    Poison("send-purchase-orders", json.dumps({"purchase_order": TOO_LONG, "revision": 1})),
    Poison("notify-customers", "not json", delay=300),
    Poison("notify-customers", json.dumps({"backorder": TOO_LONG}), delay=300),
)
DRAGS_OTHERS_ALONG = (
    Poison("allocate-stock.fifo", json.dumps({"sku": TOO_LONG, "cause": "x", "rank": None}), "another"),
    Poison("allocate-stock.fifo", '{"sku": "A"}', "another"),
    Poison("notify-customers", '{"backorder": "KEY", "at": "soon"}', delay=300),
)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Shop]:
    """One world for all trials, each in a fork of it."""
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        shop.item("A")
        shop.item("B")
        shop.settle()
        yield shop


def day(shop: Shop, poison: Poison | None) -> Any:
    """Orders over both doors, allocated, released and told about, a purchase order, and a poison in their midst."""
    first = shop.order("1", ("A", 2), ("B", 1))
    shop.world.send("record-backorders", json.dumps(shop.order_body("2", ("A", 1))))
    early = poison is not None and poison.queue in {"record-backorders", "tally-demand"}
    sent = _send(shop, first, poison) if early else None
    shop.settle()
    sent = sent or _send(shop, first, poison)
    shop.found("A", 2)
    shop.found("B", 1)
    shop.settle()
    shop.days(1)
    shop.days(1)
    return [picture(shop), sorted(shop.mails()), shop.dead_letters(), shop.violations(), sent]


def _send(shop: Shop, order: dict[str, Any], poison: Poison | None) -> str | None:
    if poison is None:
        return None
    body = poison.body.replace("KEY", str(ids.backorder_key(order["backorder_id"])))
    return shop.world.send(poison.queue, body, **poison.members())


@pytest.fixture(scope="module")
def healthy(prepared: Shop) -> Any:
    state = forked(partial(day, prepared, None))
    assert sorted(set(state[1])) == ["accepted", "purchase_order", "released"]
    return state


def dies_alone(prepared: Shop, healthy: Any, poison: Poison) -> None:
    state, mails, letters, violations, sent = forked(partial(day, prepared, poison))
    assert [(letter["message_id"], letter["source"]) for letter in letters] == [(sent, poison.queue)]
    assert different(state, healthy[0]) == []
    assert (mails, violations) == (healthy[1], [])
    (letter,) = letters
    line = json.loads(letter["reason"].partition("last error logged: ")[2])
    assert (line["message_id"], line["attempt"], line["error"] != "") == (sent, str(TRIES), True)
    assert letter["trace_id"] == line["correlation_id"]


@pytest.mark.parametrize("poison", POISONS, ids=lambda poison: f"{poison.queue} {poison.body[:20]} {poison.group}")
def test_a_poisoned_message_dies_alone_after_its_tries(prepared: Shop, healthy: Any, poison: Poison) -> None:
    dies_alone(prepared, healthy, poison)


@pytest.mark.parametrize("poison", DRAGS_OTHERS_ALONG, ids=lambda poison: f"{poison.queue} {poison.body[:20]}")
def test_a_message_that_is_wrong_inside_does_not_take_its_batch_along(
    prepared: Shop, healthy: Any, poison: Poison
) -> None:
    dies_alone(prepared, healthy, poison)


@pytest.mark.parametrize("queue", ["allocate-stock.fifo", "release-orders.fifo"])
def test_the_later_messages_of_a_group_wait_for_its_retries_and_no_longer(prepared: Shop, queue: str) -> None:
    """The poison is received first and alone, and its first try is cut off: the others stand behind it."""

    def trial() -> Any:
        shop, order = prepared, prepared.order("1", ("A", 2))
        shop.settle()
        group = SAME if queue.startswith("allocate") else ids.digest(str(ids.backorder_key(order["backorder_id"])))
        shop.world.send(queue, "not json", MessageGroupId=group, MessageDeduplicationId="poison")
        receive_once(shop, queue)
        shop.found("A", 2)
        began, hidden = shop.world.clock.now(), shop.world.engine.sqs.queue(queue).settings.visibility
        while not shop.ok("o", "GET", "/v1/releases?order_id=1")["items"]:
            shop.world.clock.advance_to(shop.world.clock.now() + timedelta(minutes=1))
            while shop.world.step():
                pass
        waited = (shop.world.clock.now() - began) / hidden
        shop.days(0.1)
        return [waited, [letter["body"] for letter in shop.dead_letters()], shop.units(order)]

    waited, dead, units = forked(trial)
    assert (dead, units) == (["not json"], {"released": 2})
    assert 1 <= waited <= TRIES


def receive_once(shop: Shop, queue: str) -> None:
    """The first try, cut off: the message is hidden, and its group with it."""
    engine = shop.world.engine
    if queue.startswith("release"):
        shop.world.clock.advance_to(shop.world.clock.now() + engine.sqs.queue(queue).settings.delay)
    answer = engine.execute("sqs", "ReceiveMessage", {"QueueUrl": engine.sqs.url(queue)})
    assert len(answer["Messages"]) == 1
