"""What the tables are made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.backorders.lookup import OrderView
from shared.forecasting.ports import RiskList
from shared.forecasting.risk import Risk
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder


@dataclass(frozen=True)
class DeadLetters:
    """A dead-letter queue: letters that lie in it, and whether SQS can send them back to where they came from."""

    queue: str
    letters: int
    can_go_back: bool


class Screen(Protocol):
    """Reads for the screen; changes nothing."""

    def open_orders(self, at_most: int) -> Iterable[OrderView]:
        """Orders that are not finished, oldest first, and no more of them than this."""
        ...

    def sent_orders(self, now: datetime) -> Iterable[tuple[PurchaseOrder, Sequence[PurchaseOrderLine]]]:
        """Purchase orders that are open or were lately; with lines where these can tell something."""
        ...

    def risks(self, limit: int) -> tuple[RiskList, list[Risk]] | None:
        """The risk list in force and its worst entries; None before the first night."""
        ...

    def dead_letters(self) -> list[DeadLetters]:
        """Every dead-letter queue."""
        ...
