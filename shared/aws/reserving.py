"""Counting a large order's units against limits before it opens, where one transaction cannot hold them all.

Each step counts some SKUs and names them in the head, in one transaction, so a try that was cut off goes on where it
stopped, and whoever removes the recording gives back what is named. Until then others find less room under these
limits, for the seconds that it takes: never more than there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.aws import keys
from shared.aws.backorder_items import ordered_from_list
from shared.aws.marshal import Item
from shared.aws.stock_items import change_stock
from shared.aws.table import TRANSACTION_LIMIT, Table, Update
from shared.backorders.model import Backorder
from shared.backorders.ports import Demand

AT_ONCE = TRANSACTION_LIMIT - 2
Counted = tuple[Demand, Update]
"""Demand with a limit, and the write that counts it."""


def steps(limited: Sequence[Counted], named: Sequence[str]) -> list[Sequence[Counted]]:
    """What is still to be counted, in steps of one transaction each; `named` are the SKUs that are counted already.
    There is always a last step, with which the order opens."""
    left = [one for one in limited if one[0].sku not in set(named)]
    return [left[i : i + AT_ONCE] for i in range(0, len(left), AT_ONCE)] or [[]]


def counting(order: Backorder, step: Sequence[Counted], named: int) -> Update:
    """The head's part in a step: it must name `named` SKUs so far, and names those of the step as well."""
    return Update(
        keys.backorder(order.key),
        set={"reserved": named + len(step)} if step else {},
        append={"limited": [demand.sku for demand, _ in step]} if step else {},
        when="#id = :id AND #state = :recording AND "
        + ("#reserved = :named" if named else "attribute_not_exists(#reserved)"),
        values={"id": order.id, "recording": "recording"} | ({"named": named} if named else {}),
    )


def give_back(table: Table, head: Item, parts: Iterable[Item]) -> None:
    """Units counted for a recording that is being discarded, before its lines go; that they were asked for stays known.
    Raises ConditionLost if somebody else gives them back."""
    named: list[str] = list(head.get("limited", ()))
    units: dict[str, int] = {}
    for line in (ordered_from_list(values) for part in parts for values in part["lines"]):
        units[line.sku] = units.get(line.sku, 0) + line.ordered
    while named:
        step, left = named[-AT_ONCE:], named[:-AT_ONCE]
        guard = Update(
            keys.backorder(keys.order_of(head["pk"])),
            set={"reserved": len(left), "limited": left},
            when="#id = :id AND #state = :discarding AND #reserved = :named",
            values={"id": head["id"], "discarding": "discarding", "named": len(named)},
        )
        table.transact([guard, *(change_stock(sku, waiting=-units[sku]) for sku in step)])
        named = left
