"""Every message of a day dies, and is sent back 14 days later: nothing is counted, and nobody is told, twice.

Dead letters are kept 14 days from when they were first sent, so the tool has its last chance an hour before that; what
was saved elsewhere may come even later.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.server import LocalServer
from infra.local.world import World
from infra.operator.dead_letters.__main__ import main
from tests.flow.conftest import Shop
from tests.flow.faults import different, forked, picture

pytestmark = pytest.mark.slow

KEPT = timedelta(days=14)
HOUR = timedelta(hours=1)
WORK = {
    "record-backorders",
    "tally-demand",
    "allocate-stock.fifo",
    "release-orders.fifo",
    "send-purchase-orders",
    "notify-customers",
}
WORKERS = {f"backorders-{queue.removesuffix('.fifo')}" for queue in WORK}

Breaking = Callable[[World], Any]
State = tuple[dict[str, Any], list[str]]


@contextmanager
def never_in_time(world: World) -> Iterator[None]:
    """Every worker does its work and is then found to have taken too long: all it did counts, no message is deleted."""
    seconds = [0]

    def dawdle(caller: str | None, *_: object) -> None:
        if (caller or world.lambdas.running) in WORKERS:
            seconds[0] += 1000

    timer, world.lambdas.timer = world.lambdas.timer, lambda: float(seconds[0])
    world.engine.before.append(dawdle)
    yield
    world.engine.before.remove(dawdle)
    world.lambdas.timer = timer


@contextmanager
def without_rights(world: World) -> Iterator[None]:
    """No worker gets anything done: each dies at its first call."""

    def refuse(caller: str | None, *_: object) -> None:
        if (caller or world.lambdas.running) in WORKERS:
            raise ConnectionError("no way out")

    world.engine.before.append(refuse)
    yield
    world.engine.before.remove(refuse)


@contextmanager
def well(_: World) -> Iterator[None]:
    """Nothing is broken."""
    yield


@pytest.fixture(scope="module")
def prepared() -> Iterator[Shop]:
    """One world for all trials, each in a fork of it."""
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier(order_weekdays=[0, 1, 2, 3, 4, 5, 6])
        for sku in ("A", "B", "C"):
            shop.item(sku, **({"backorder_limit": 9} if sku == "C" else {}))
        shop.settle()
        yield shop


def day(shop: Shop, broken: Breaking) -> datetime:
    """A day with something for every queue; returns when it began."""
    began = shop.world.clock.now()
    with broken(shop.world):
        shop.order("split", ("A", 3), ("B", 1))
        shop.order("held", ("A", 1), ("B", 2), shipping="hold")
        limited = shop.order("limited", ("C", 4))
        shop.world.send("record-backorders", json.dumps(shop.order_body("bulk", ("A", 2), ("C", 1))))
        shop.settle()
        shop.found("A", 4)
        shop.found("C", 1)
        shop.days(0.2)
        shop.ok("o", "POST", f"/v1/backorders/{limited['backorder_id']}/cancel", {"reason": "changed my mind"})
        shop.days(0.8)
        for release in shop.ok("o", "GET", "/v1/releases")["items"]:
            shop.ok("o", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": release["release_id"]})
        shop.days(0.2)
    return began


def state(shop: Shop) -> State:
    """What is counted, who was told what, and what was ordered."""
    mails = [f"{mail['tags']['kind']} to {mail['to']}: {mail['subject']}" for mail in shop.world.engine.ses.mailbox]
    orders = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    units: Counter[str] = Counter()
    for line in (line for order in orders for line in order["lines"]):
        units[line["sku"]] += line["ordered"]
    return picture(shop) | {"purchases": dict(units)}, sorted(mails)


def redrive(shop: Shop) -> None:
    """Every queue that leads back, by the tool."""
    with LocalServer(shop.world) as server:
        for queue in {letter["source"] for letter in shop.dead_letters()}:
            assert main(["redrive", queue, "--reason", "repaired", "--local", server.url]) == 0


def send_copies(shop: Shop, letters: list[dict[str, Any]]) -> None:
    """The messages again, from a copy somebody kept."""
    for n, letter in enumerate(letters):
        fifo = {"MessageGroupId": letter["group"], "MessageDeduplicationId": f"copy-{n}"} if letter["group"] else {}
        shop.world.send(letter["source"], letter["body"], **fifo)


def wait_until(shop: Shop, at: datetime) -> None:
    shop.world.advance(at - shop.world.clock.now())


def trial(shop: Shop, broken: Breaking, back: Callable[[Shop], None], copies: bool) -> Callable[[], Any]:
    """A day, the letters it left, two weeks, the way back, and what is then; and again with copies if wished."""

    def run() -> Any:
        began = day(shop, broken)
        letters = shop.dead_letters()
        sources = dict(Counter(letter["source"] for letter in letters))
        wait_until(shop, began + KEPT - HOUR)
        before = state(shop)
        back(shop)
        wait_until(shop, began + KEPT + 4 * HOUR)
        if copies:
            send_copies(shop, letters)
        wait_until(shop, began + KEPT + 12 * HOUR)
        return [
            sources,
            before,
            state(shop),
            [violation["rule"] for violation in shop.violations()],
            shop.dead_letters(),
        ]

    return run


def nothing(_: Shop) -> None:
    """Nobody sends anything back."""


@pytest.fixture(scope="module")
def healthy(prepared: Shop) -> Any:
    """The same day and the same two weeks with nothing broken."""
    sources, _, after, violations, dead = forked(trial(prepared, well, nothing, copies=False))
    assert (sources, violations, dead) == ({}, [], [])
    kinds = {mail.split()[0] for mail in after[1]}
    assert {"accepted", "shipped", "cancelled", "purchase_order"} <= kinds
    return after


def test_what_was_done_before_it_died_is_not_done_again(prepared: Shop) -> None:
    sources, _, untouched, *_ = forked(trial(prepared, never_in_time, nothing, copies=False))
    assert set(sources) == WORK
    _, _, after, violations, dead = forked(trial(prepared, never_in_time, redrive, copies=True))
    assert different(after[0], untouched[0]) == []
    assert after[1] == untouched[1]
    assert (violations, dead) == ([], [])


def test_what_was_not_done_before_it_died_is_done_once(prepared: Shop, healthy: Any) -> None:
    sources, before, once, violations, dead = forked(trial(prepared, without_rights, redrive, copies=False))
    assert {"record-backorders", "tally-demand", "allocate-stock.fifo", "notify-customers"} <= set(sources)
    assert different(before[0], healthy[0]) != []
    assert (violations, dead) == ([], [])
    _, _, twice, violations, dead = forked(trial(prepared, without_rights, redrive, copies=True))
    assert different(twice[0], once[0]) == []
    assert twice[1] == once[1]
    assert (violations, dead) == ([], [])
    assert once[0]["purchases"] == healthy[0]["purchases"]
    assert "bulk" in {name.split()[1] for name in once[0] if name.startswith("order ")}
    told = Counter(mail for mail in once[1] if mail.startswith("accepted"))
    assert max(told.values()) <= max(Counter(mail for mail in healthy[1] if mail.startswith("accepted")).values())


def test_of_a_healthy_day_every_message_may_come_again(prepared: Shop, healthy: Any) -> None:
    """No message died; each was sent once more two weeks later all the same."""

    def run() -> Any:
        kept: list[dict[str, Any]] = []

        def keep(caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
            for entry in params.get("Entries", []) if operation == "SendMessageBatch" else []:
                source = params["QueueUrl"].rpartition("/")[2]
                kept.append({"source": source, "body": entry["MessageBody"], "group": entry.get("MessageGroupId")})

        prepared.world.engine.before.append(keep)
        began = day(prepared, well)
        prepared.world.engine.before.remove(keep)
        wait_until(prepared, began + KEPT)
        send_copies(prepared, kept)
        wait_until(prepared, began + KEPT + 12 * HOUR)
        sources = sorted({message["source"] for message in kept})
        return [sources, state(prepared), prepared.violations(), prepared.dead_letters()]

    sources, after, violations, dead = forked(run)
    assert sources == sorted(WORK - {"record-backorders"})
    assert different(after[0], healthy[0]) == []
    assert after[1] == healthy[1]
    assert (violations, dead) == ([], [])
