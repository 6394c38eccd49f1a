"""What accepting a remedy needs from the outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from shared.backorders.ports import ChangingStore, OrderChange
from shared.kernel.errors import Conflict


class UsedUp(Conflict):
    """The month's budget, or the customer's share of it, is spent."""

    code, title = "remedy-used-up", "This offer has been used up"


@dataclass(frozen=True)
class Spending:
    """What an acceptance takes: `cost` and `budget` in ten-thousandths; `cap` acceptances of a customer in a month."""

    month: str
    storefront: str
    customer_id: str
    cost: int
    budget: int
    cap: int


class RemedyStore(ChangingStore, Protocol):
    """Orders, and what was spent on them."""

    def told(self, key: str) -> Iterable[str]:
        """Every kind of news that mails about the order told."""
        ...

    def spend(self, change: OrderChange, spending: Spending) -> None:
        """The entry in the order and both counts, all or nothing. Raises Stale, UsedUp."""
        ...
