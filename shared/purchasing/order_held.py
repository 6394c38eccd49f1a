"""Order what is held, on somebody's word: below the supplier's minimum, before the basket has waited long enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from shared.kernel.errors import Conflict
from shared.purchasing.change import must_read
from shared.purchasing.close import Instruct, Result, approve
from shared.purchasing.draft import Run
from shared.purchasing.plan import plan_supplier
from shared.purchasing.ports import Demand, OrderBook, PlanBook
from shared.settings.model import MerchantSettings


def approve_or_order(
    command: Instruct,
    *,
    demand: Demand,
    plans: PlanBook,
    book: OrderBook,
    settings: MerchantSettings,
    now: datetime,
    pause: Callable[[float], None] = time.sleep,
) -> Result:
    """As `approve`. A held order is a proposal: its basket is planned anew from what is needed now, without asking for
    the minimum, placed under the same id and approved. Raises Conflict if nothing of it is needed any more.
    """
    order = must_read(book, command.purchase_order_id)
    if order.stage == "held":
        run = Run(now, settings, actor=command.actor, anyway=True)
        supplier = book.supplier(order.supplier_id)
        plan = plan_supplier(supplier, run, demand=demand, plans=plans, book=book, open_orders=(), pause=pause)
        if plan.order is None or plan.order.id != order.id:
            raise Conflict(f"the purchase order is not held any more: {plan.reason}")
    return approve(command, book=book, now=now, pause=pause)
