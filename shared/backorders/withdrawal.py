"""Withdrawing from the contract: the customer's declaration, as it stands in the log of his order."""

from __future__ import annotations

from shared.backorders.model import Backorder

WITHDRAWN = "withdraw"


def withdrawn_at(head: Backorder) -> int:
    """When the customer withdrew, in microseconds; 0 if he has not."""
    return next((at for at, what, *_ in reversed((*head.apart.log, *head.log)) if what == WITHDRAWN), 0)
