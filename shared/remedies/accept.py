"""A customer accepts a remedy: once per order, within the month's budget and his own share, exactly under any race."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared.backorders.change import Asked, Changed, attempt, find_order, repeat, touched
from shared.backorders.ports import OrderChange
from shared.kernel.errors import NotFound
from shared.remedies.model import ACCEPTED, WITHOUT_COST, in_budget_units, kept, month_of, note, offered
from shared.remedies.ports import RemedyStore, Spending, UsedUp
from shared.settings.model import MerchantSettings


def accept_remedy(
    asked: Asked, remedy_id: str, *, store: RemedyStore, settings: MerchantSettings, now: datetime
) -> Changed:
    """Note it in the order's history; the shop hears of it by an event.

    Raises NotFound where it is not offered (any more), UsedUp, KeyReused, Contended.
    """

    def once() -> Changed | None:
        view = find_order(asked.backorder_id, store, asked.storefront)
        if repeat(asked, view.head):
            return Changed(view, replayed=True)
        offers = offered(view, store.told(view.head.key), settings)
        remedy = next((one for one in offers if one.remedy_id == remedy_id and one.kind not in WITHOUT_COST), None)
        if remedy is None:
            raise NotFound("this is not offered for the order, or not any more")
        spending = Spending(
            month=month_of(now),
            storefront=view.head.storefront,
            customer_id=view.head.customer.id,
            cost=in_budget_units(remedy.cost),
            budget=in_budget_units(settings.remedy_budget_per_month),
            cap=settings.remedies_per_customer,
        )
        if spending.cost > spending.budget or not spending.cap:
            raise UsedUp("the budget does not allow this remedy")
        head = replace(touched(view.head, asked, now, ACCEPTED, note(remedy)), remedy=kept(remedy))
        store.spend(OrderChange(view, head, asked.mark), spending)
        return Changed(find_order(asked.backorder_id, store, asked.storefront))

    return attempt(asked, store, once)
