"""Remedies in the table: the entry in the order and what was spent, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.aws import keys
from shared.aws.changing_store import TableChangingStore, head_writes
from shared.aws.order_lists import TableQueueReader
from shared.aws.table import ConditionLost, Path, Table, Update
from shared.backorders.model import Backorder
from shared.backorders.ports import OrderChange, Stale
from shared.remedies.model import Spent, month_of
from shared.remedies.ports import Spending, UsedUp

_KEPT = timedelta(days=400)


class TableRemedies(TableChangingStore):
    """`shared.remedies.ports.RemedyStore` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._queue = TableQueueReader(table)

    def told(self, key: str) -> set[str]:
        told = (notice for notice in self._queue.notices(key) if notice["state"] in {"sent", "unknown"})
        return {kind for notice in told for kind in notice["kinds"]}

    def spend(self, change: OrderChange, spending: Spending) -> None:
        """The counts need no marker of their own: the order's version lets each acceptance happen once."""
        head = head_writes(change)
        try:
            self._table.transact([*head, *_counts(spending)])
        except ConditionLost as lost:
            if any(n < len(head) for n in lost.lost):
                raise Stale from lost  # perhaps this very request did it: who reads again knows
            raise UsedUp("the budget or the customer's share of it is spent") from lost


def spent_of(table: Table, head: Backorder, now: datetime) -> Spent:
    """What this month has taken so far, of the budget and by the customer of this order."""
    month = month_of(now)
    budget, share = keys.remedy_budget(month), keys.remedies_of_customer(month, head.storefront, head.customer.id)
    found = table.get_many([budget, share])
    of_all, of_his = (found.get((key["pk"], key["sk"]), {}) for key in (budget, share))
    return Spent(of_all.get("spent", 0), of_his.get("accepted", 0))


def _counts(spending: Spending) -> list[Update]:
    month = datetime.strptime(spending.month, "%Y-%m").replace(tzinfo=UTC)
    kept: dict[Path, Any] = {"kind": "remedies", "ttl": int((month + _KEPT).timestamp())}
    return [
        Update(
            keys.remedy_budget(spending.month),
            set=kept,
            plus={"spent": spending.cost, "accepted": 1},
            when="attribute_not_exists(#spent) OR #spent <= :room",
            values={"room": spending.budget - spending.cost},
        ),
        Update(
            keys.remedies_of_customer(spending.month, spending.storefront, spending.customer_id),
            set=kept,
            plus={"accepted": 1},
            when="attribute_not_exists(#accepted) OR #accepted < :cap",
            values={"cap": spending.cap},
        ),
    ]
