"""When faults stop, everything ends by itself, and in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from infra.local import control
from infra.local.stream_source import StreamSource
from tests.simulation import waiting
from tests.simulation.integrator import mend
from tests.simulation.scene import Scene, at, ignored
from tests.simulation.universe import Universe

Violation = tuple[str, str, str]

_TRIES = 30
_UNTIL_ASKED_AGAIN = timedelta(
    seconds=150
)  # in all more than an hour: so long an abandoned recording may be in the way
_DRAINS_WITHIN = timedelta(minutes=45)  # a message fails last just now, is hidden 12 minutes, and its mail takes 30
_LAST_RECEIVE = timedelta(minutes=13)  # the longest visibility timeout, and a minute
_AN_HOURLY_RUN = timedelta(minutes=65)
_PROMISED_WITHIN, _ALLOCATED_WITHIN, _MAILED_WITHIN = (timedelta(minutes=n) for n in (5, 10, 30))


def come_to_rest(universe: Universe) -> Iterator[Violation]:
    """No more faults: clients learn their outcomes, dead letters are sent again, what is due within hours happens."""
    universe.accidents.stop()
    universe.failed_before = len(universe.client.failed)
    mend(universe.memory.hooks)
    universe.deliveries.finish()
    yield from _answers(universe)
    yield from _redriven(universe)
    universe.world.advance(_LAST_RECEIVE)
    yield from _redriven(universe)  # what had failed for the last time while there were faults
    universe.world.advance(_DRAINS_WITHIN)
    yield from _left_over(universe)
    universe.client.get("o", "/v1/purchase-orders?limit=50")  # what nobody has looked at yet counts as reached too
    universe.world.advance(_AN_HOURLY_RUN)
    yield from _left_over(universe)


def _answers(universe: Universe) -> Iterator[Violation]:
    client, world = universe.client, universe.world
    for _ in range(_TRIES):
        client.ask_again()
        if not client.unknown:
            return
        world.advance(_UNTIL_ASKED_AGAIN)
    for pending in client.unknown:
        yield "every_request_is_answered", pending.ask.path, f"{pending.ask.key} after {_TRIES} tries"


def _redriven(universe: Universe) -> Iterator[Violation]:
    """What faults brought to a dead-letter queue goes back once; what is poison stays out of the way."""
    sqs, known = universe.world.engine.sqs, universe.memory.poison
    sources = {arn: queue for queue in sqs.queues() for arn in [queue.arn]}
    for name in universe.world.dead_letter_queues:
        for message in sqs.queue(name).take(lambda _: True):
            source = sources.get(message.system.get("DeadLetterQueueSourceArn", ""))
            if message.body in known or name.startswith("schedules"):
                continue  # an operator removes the one; the next run of the schedule makes up for the other
            if source is None:
                yield "nothing_is_given_up", name, message.body[:200]
                continue
            fresh = replace(message, receive_count=0, receipt=None, in_flight=False, gone=False, timer=0)
            fresh.sent_at = fresh.visible_at = universe.world.clock.now()
            source.put(fresh, deduplicate=False)


def _left_over(universe: Universe) -> Iterator[Violation]:
    world, now = universe.world, universe.world.clock.now()
    for name, counts in world.engine.sqs.counts().items():
        left = waiting.overdue(world) if name.endswith(waiting.QUEUE) else sum(counts)
        if left and name not in world.dead_letter_queues:
            yield "queues_drain", name, str(counts)
    for source in world.sources:
        if isinstance(source, StreamSource) and source.next_due(now) is not None:
            yield "streams_drain", source.mapping.function.name, "a batch waits to be tried again"
    for letter in control.dead_letters(world):
        if letter["body"] not in universe.memory.poison:
            yield (
                "no_dead_letters",
                str(letter["queue"] or letter["source"]),
                f"{letter['body'][:200]} {letter['reason']}",
            )


def still_alive(universe: Universe) -> Iterator[Violation]:
    """A new order is promised, new goods are allocated, a mail is sent, each within its time."""
    probe = universe.scene("probe", f"{universe.plan.seed}/probe")
    sku = universe.memory.skus[0]
    probe.put(at("items", sku), universe.memory.cards[sku] | {"backorder_limit": None} | _SOLD)
    probe.put("/v1/settings", {})
    stock = universe.client.get("o", at("items", sku, "stock"))
    ahead = stock["waiting"] if stock else 0
    order = probe.post("s", "/v1/backorders", _probe(sku), ignored)
    if order.outcome != "ok":
        yield "order_is_taken", "probe", str(order.body)
        return
    path = f"/v1/backorders/{order.body['backorder_id']}"
    universe.world.advance(_PROMISED_WITHIN)
    if _line(universe, path)["promise"] is None:
        yield "promised_in_time", path, "no promise"
    receipt = {"receipt_id": "probe", "supplier_id": universe.memory.suppliers[0]}
    goods = {"lines": [{"sku": sku, "quantity": ahead + 1}]}
    probe.post("o", "/v1/receipts", receipt | goods, ignored, "key-probe-goods")
    universe.world.advance(_ALLOCATED_WITHIN)
    if _line(universe, path)["quantities"]["waiting"]:
        yield "allocated_in_time", path, str(_line(universe, path)["quantities"])
    universe.world.advance(_MAILED_WITHIN)
    mails = {m["tags"]["kind"] for m in universe.world.engine.ses.mailbox if m["tags"].get("backorder_id", "?") in path}
    if not mails & {"released", "accepted"}:
        yield "mailed_in_time", path, f"mails {sorted(mails)}"
    yield from _planned_twice(probe)


def _planned_twice(probe: Scene) -> Iterator[Violation]:
    """What a plan has ordered, the next one does not order again."""
    plans = [probe.post("o", "/v1/purchase-plans", {"dry_run": False}, ignored, f"probe-plan-{n}") for n in (1, 2)]
    for one in plans[1].body["suppliers"] if all(plan.outcome == "ok" for plan in plans) else ():
        if one["outcome"] == "ordered":
            yield "planned_once", one["supplier_id"], one["reason"]


_SOLD: dict[str, Any] = {"sellability_when_empty": "backorder"}


def _probe(sku: str) -> dict[str, Any]:
    return {
        "order_id": "probe",
        "customer": {"id": "probe", "email": "probe@example.com", "name": "Probe", "locale": "en", "country": "SE"},
        "currency": "EUR",
        "lines": [{"line_id": "1", "sku": sku, "quantity": 1, "unit_price": "10.00"}],
    }


def _line(universe: Universe, path: str) -> Any:
    return universe.client.get("o", path)["lines"][0]
