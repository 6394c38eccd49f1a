"""Look again at the authorisation of an order whose dates have moved: one that ends before the goods come is flagged
while the shopper can still renew it. The flag is what is asked for once; a new authorisation takes it away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared.backorders.lookup import OrderView, read_backorder
from shared.backorders.model import Backorder
from shared.backorders.payment import NOTED, expected_releases, flagged, is_flagged
from shared.backorders.ports import ChangingStore, OrderChange, Stale
from shared.kernel.clock import micros
from shared.kernel.errors import Contended

_TRIES = 8


def recheck_authorisation(view: OrderView | None, *, store: ChangingStore, now: datetime) -> bool:
    """Flag the order's payment if its authorisation ends too early by now; whether it was. Raises Contended."""
    for _ in range(_TRIES):
        head = _outlived(view, now)
        if view is None or head is None:
            return False
        try:
            store.change(OrderChange(view, head, mark=""))
        except Stale:
            view = read_backorder(head.key, store=store)
            continue
        return True
    raise Contended("the order kept changing while its payment was looked at", retry_after=1)


def _outlived(view: OrderView | None, now: datetime) -> Backorder | None:
    """The head with its payment flagged; None where nothing is to be said, or was said before."""
    if view is None or is_flagged(view.head.payment):
        return None
    payment = flagged(view.head.payment, expected_releases(view.lines))
    if not is_flagged(payment):
        return None
    log = (*view.head.log, (micros(now), NOTED, "service", "expires"))
    return replace(view.head, version=view.head.version + 1, payment=payment, log=log)
