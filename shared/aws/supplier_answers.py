"""A supplier's answer to more lines than one transaction takes, kept while it is worked through."""

from __future__ import annotations

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import Put
from shared.kernel.clock import from_micros, micros
from shared.purchasing.answers import Acknowledge, LineAnswer
from shared.purchasing.model import PurchaseOrder

_KEPT_SECONDS = 30 * 86_400  # the hourly chase finishes it long before


def answer_put(order: PurchaseOrder, answer: Acknowledge) -> Put:
    """The answer that the head `order` is about to name."""
    at = order.answering[1] if order.answering else 0
    item: Item = {"kind": "supplier_answer", **keys.purchase_order_answer(order.id), "actor": answer.actor}
    item["ttl"] = at // 1_000_000 + _KEPT_SECONDS
    item["lines"] = [
        [one.sku, one.reply, one.quantity, micros(one.date) if one.date else None, one.later] for one in answer.answers
    ]
    if answer.issued is not None:
        item["issued"] = answer.issued
    return Put(item)


def answer_from(purchase_order_id: str, item: Item) -> Acknowledge:
    answers = tuple(
        LineAnswer(sku, reply, quantity, from_micros(date) if date is not None else None, later)
        for sku, reply, quantity, date, later in item["lines"]
    )
    return Acknowledge(purchase_order_id, answers, item["actor"], issued=item.get("issued"))
