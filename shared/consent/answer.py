"""The customer agrees to the delay. Refusing it is cancelling, by the rules that everybody cancels by."""

from __future__ import annotations

from datetime import datetime

from shared.backorders.lookup import OrderReader, read_backorder
from shared.backorders.ports import Stale
from shared.consent.model import Consents
from shared.consent.ports import ConsentStore
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Contended, NotFound

_TRIES = 4


def keep_waiting(
    key: str, n: int, actor: str, *, orders: OrderReader, consents: ConsentStore, now: datetime
) -> Consents:
    """Note that `actor` agrees to the delay told in round `n`. The same answer again changes nothing.

    Raises NotFound, Conflict when the round is not the one that is open, or its deadline has passed.
    """
    for _ in range(_TRIES):
        view = read_backorder(key, store=orders)
        if view is None:
            raise NotFound("there is no such backorder")
        last = view.consents.rounds[-1] if view.consents.rounds else None
        if last is not None and last.n == n and last.state == "given":
            return view.consents
        if last is None or last.n != n or last.state != "open" or last.deadline < micros(now):
            raise Conflict("this question is not open any more")
        answered = view.consents.closed("given", micros(now), actor)
        try:
            consents.write(key, answered)
        except Stale:
            continue
        return answered
    raise Contended("the order kept changing; undecided, please try again", retry_after=1)
