"""Three situations: all is well, a supplier has gone silent, the mail provider is down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from infra.local.screens.shop import Shop
from infra.local.world import World

LENGTH = timedelta(days=21, hours=8)  # to five in the afternoon of a Monday
NOW, PLUMBING = "Backorders-now", "Backorders-plumbing"


@dataclass(frozen=True)
class View:
    """Part of a dashboard over a time: from one row, named by its heading, to another; both are in the picture."""

    name: str
    board: str
    first: str
    last: str
    span: str = "P7D"


@dataclass(frozen=True)
class Situation:
    """What has happened, how a shop comes into it, where it can be seen, and which alarms that tell somebody are red
    then, by their names without the stack's: docs/operating.md speaks of just these."""

    story: str
    views: tuple[View, ...]
    make: Callable[[World], Shop]
    rings: frozenset[str] = frozenset()


def _calm(world: World) -> Shop:
    return Shop(world, trouble=world.clock.now() + LENGTH)


def _supplier_late(world: World) -> Shop:
    return Shop(world, trouble=world.clock.now() + LENGTH - timedelta(days=13), silent="northwind")


def _mail_down(world: World) -> Shop:
    return Shop(world, trouble=world.clock.now() + LENGTH - timedelta(hours=8), no_mail=True)


SITUATIONS = {
    "calm": Situation(
        "Three weeks of ordinary business.",
        (View("calm", NOW, "Now", "Age"), View("calm-plumbing", PLUMBING, "API", "Stream and table", "P1D")),
        _calm,
    ),
    "supplier-late": Situation(
        "Northwind has neither delivered nor answered for thirteen days.",
        (View("supplier-late", NOW, "Now", "Age"), View("supplier-late-supply", NOW, "Promise", "Supply")),
        _supplier_late,
        frozenset({"PromisesBroken", "LinesPastPromiseGrow"}),
    ),
    "mail-down": Situation(
        "The mail provider has been down since nine this morning.",
        (
            View("mail-down", NOW, "Now", "Now", "P1D"),
            View("mail-down-mail", NOW, "Mail", "What went wrong", "P4D"),
            View("mail-down-plumbing", PLUMBING, "Queues", "Functions", "P1D"),
        ),
        _mail_down,
        frozenset({"NotifyCustomersDeadLetters", "MailUnknownOutcome", "MailTruthSlowBurn"}),
    ),
}


def played(situation: Situation, world: World, length: timedelta = LENGTH) -> Shop:
    """The shop after three weeks."""
    shop = situation.make(world)
    shop.open()
    shop.run(world.clock.now() + length)
    return shop
