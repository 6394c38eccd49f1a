"""Everything the actors can do, with how often relative to each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.simulation import buyer, customer, integrator, storefront, subscriber, warehouse
from tests.simulation.scene import Scene
from tests.simulation.waiting import deliveries

Operation = Callable[[Scene], object]
_GOING_ROUND = 40


def a_moment(scene: Scene) -> None:
    """Some batches of work, without time passing."""
    for _ in range(scene.chance.randint(1, 4)):
        scene.world.step()


def minutes(scene: Scene) -> None:
    scene.world.advance(timedelta(minutes=scene.chance.choice((1, 2, 6, 20))))


def hours(scene: Scene) -> None:
    scene.world.advance(timedelta(hours=scene.chance.choice((1, 3, 8))))


def days(scene: Scene) -> None:
    _pass(scene, scene.chance.choice((1, 1, 2)))


def a_week(scene: Scene) -> None:
    """Longer than a request is remembered."""
    _pass(scene, 8)


def _pass(scene: Scene, days_: int) -> None:
    """What waits for its next try goes round every quarter of an hour, and whatever is delivered twice there goes round
    twice from then on: no seed is to show nothing but that."""
    for _ in range(days_ * 4):
        if sum(1 for _ in deliveries(scene.world)) > _GOING_ROUND:
            return
        scene.world.advance(timedelta(hours=6))


def quiet(scene: Scene) -> None:
    scene.world.settle()


def ask_again(scene: Scene) -> None:
    scene.client.ask_again()


ALWAYS: dict[str, tuple[Operation, int]] = {
    "record": (storefront.record, 14),
    "a moment": (a_moment, 6),
    "minutes": (minutes, 6),
    "quiet": (quiet, 3),
    "ask again": (ask_again, 4),
}
"""Without these a seed would show nothing."""

SOMETIMES: dict[str, tuple[Operation, int]] = {
    "record many lines": (storefront.record_many_lines, 1),
    "record again": (storefront.record_again, 3),
    "record something else": (storefront.record_something_else, 2),
    "bulk": (storefront.bulk, 4),
    "bulk refused": (storefront.bulk_refused, 1),
    "bulk malformed": (storefront.bulk_malformed, 1),
    "cancel": (storefront.cancel, 5),
    "switch": (storefront.switch, 4),
    "amend": (storefront.amend, 3),
    "split or hold": (storefront.split_or_hold, 4),
    "change address": (storefront.change_address, 1),
    "change priority": (storefront.change_priority, 3),
    "set back": (storefront.set_back, 4),
    "look around": (storefront.look_around, 2),
    "report payment": (storefront.report_payment, 2),
    "look at the page": (customer.look, 1),
    "decide on the page": (customer.decide, 5),
    "accept a remedy": (customer.accept_remedy, 4),
    "subscribe": (subscriber.subscribe, 4),
    "leave": (subscriber.leave, 3),
    "put webhook": (integrator.put_webhook, 2),
    "delete webhook": (integrator.delete_webhook, 1),
    "endpoint turns": (integrator.endpoint_turns, 3),
    "replay": (integrator.replay, 3),
    "receive free": (warehouse.receive_free, 6),
    "receive order": (warehouse.receive_order, 6),
    "receive again": (warehouse.receive_again, 2),
    "found": (warehouse.found, 4),
    "lost": (warehouse.lost, 4),
    "counted": (warehouse.counted, 2),
    "ship": (warehouse.ship, 5),
    "ship part": (warehouse.ship_part, 3),
    "ship again": (warehouse.ship_again, 1),
    "recall": (warehouse.recall, 3),
    "plan": (buyer.plan, 4),
    "plan dry": (buyer.plan_dry, 1),
    "acknowledge": (buyer.acknowledge, 5),
    "approve": (buyer.approve, 3),
    "cancel purchase": (buyer.cancel_purchase, 2),
    "close short": (buyer.close_short, 2),
    "mistake": (buyer.mistake, 2),
    "change settings": (buyer.change_settings, 2),
    "change item": (buyer.change_item, 2),
    "change supplier": (buyer.change_supplier, 1),
    "hours": (hours, 3),
    "days": (days, 3),
    "a week": (a_week, 1),
}
"""A seed enables some of these."""

OPERATIONS: dict[str, tuple[Operation, int]] = ALWAYS | SOMETIMES

RACERS = tuple(name for name in OPERATIONS if name not in {"a moment", "minutes", "quiet", "hours", "days", "a week"})
"""What may run in the middle of something else: all that needs no time to pass."""
