"""Three situations: all is well, a supplier has gone silent, the mail provider is down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from infra.local.screens.shop import Shop
from infra.local.world import World

_WEEKS = timedelta(days=21, hours=8)  # to five in the afternoon of a Monday


@dataclass(frozen=True)
class Situation:
    """A name, what to look at in it (dashboard, range), and how the shop comes into it."""

    name: str
    story: str
    make: Callable[[World], Shop]


def _calm(world: World) -> Shop:
    return Shop(world, trouble=world.clock.now() + _WEEKS)


def _supplier_late(world: World) -> Shop:
    return Shop(world, trouble=world.clock.now() + _WEEKS - timedelta(days=13), silent="northwind")


def _mail_down(world: World) -> Shop:
    return Shop(world, trouble=world.clock.now() + _WEEKS - timedelta(hours=8), no_mail=True)


SITUATIONS = (
    Situation("calm", "Three weeks of ordinary business.", _calm),
    Situation("supplier-late", "Northwind has neither delivered nor answered for thirteen days.", _supplier_late),
    Situation("mail-down", "The mail provider has been down since nine this morning.", _mail_down),
)


def played(situation: Situation, world: World, length: timedelta = _WEEKS) -> Shop:
    """The shop after three weeks."""
    shop = situation.make(world)
    shop.open()
    shop.run(world.clock.now() + length)
    return shop
