"""What a customer decides on his page, by the same use cases that everybody else goes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.backorders.amend import Amendment, amend_backorder
from shared.backorders.change import Asked, Changed, attempt, cancel_backorder, find_order, repeat, switch_line, touched
from shared.backorders.ports import ChangingStore, OrderChange
from shared.backorders.withdrawal import WITHDRAWN
from shared.kernel.errors import Invalid, NothingToDo

CUSTOMER = "customer"
"""The actor of what is decided on the page."""


@dataclass(frozen=True)
class Decision:
    """One choice. `seen` is the version of the order that the customer looked at; `quantity` None: all units."""

    action: Literal["cancel", "reduce", "switch", "split", "hold", "withdraw"]
    seen: int
    line_id: str | None = None
    quantity: int | None = None
    sku: str = ""


def decide(asked: Asked, decision: Decision, *, store: ChangingStore, now: datetime) -> Changed:
    """Carry it out once per request key.

    Raises what cancel, amend and switch raise: NotFound, Invalid, Conflict, NothingToDo, LimitExceeded,
    PreconditionFailed, KeyReused, Contended.
    """
    if decision.action == "cancel":
        lines = None if decision.line_id is None else ((decision.line_id, decision.quantity),)
        return cancel_backorder(asked, lines, "customer's choice", store=store, now=now)
    if decision.action == "switch":
        return switch_line(asked, decision.line_id or "", decision.sku, decision.quantity, store=store, now=now)
    if decision.action == "withdraw":
        return _withdraw(asked, store, now)
    if decision.action == "reduce" and not decision.quantity:
        raise Invalid.at("/quantity", "at least one is kept; a line is given up by cancelling it")
    fewer = ((decision.line_id or "", decision.quantity or 0),) if decision.action == "reduce" else ()
    amendment = Amendment(
        if_match=decision.seen, shipping=None if decision.action == "reduce" else decision.action, lines=fewer
    )
    return amend_backorder(asked, amendment, operations=False, store=store, now=now)


def _withdraw(asked: Asked, store: ChangingStore, now: datetime) -> Changed:
    """The declaration is noted first, whatever has left the house already; then all that can be is cancelled."""

    def note() -> Changed | None:
        view = find_order(asked.backorder_id, store, asked.storefront)
        if repeat(asked, view.head):
            return Changed(view, replayed=True)
        store.change(OrderChange(view, touched(view.head, asked, now, WITHDRAWN, ""), asked.mark, []))
        return Changed(find_order(asked.backorder_id, store, asked.storefront))

    noted = attempt(asked, store, note)
    rest = Asked(asked.backorder_id, asked.actor, f"{asked.request_key}.rest", asked.digest, asked.storefront)
    try:
        return cancel_backorder(rest, None, "withdrawn from the contract", store=store, now=now)
    except NothingToDo:
        return noted
