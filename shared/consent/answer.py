"""The customer agrees to the delay. Refusing it is cancelling, by the rules that everybody cancels by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared.backorders.lookup import OrderReader, OrderView, read_backorder
from shared.backorders.ports import Stale
from shared.consent.model import Consents, Delay, Round
from shared.consent.ports import ConsentStore
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Contended, NotFound

_TRIES = 4


def keep_waiting(
    key: str,
    n: int,
    actor: str,
    *,
    orders: OrderReader,
    consents: ConsentStore,
    now: datetime,
    until: int | None = None,
) -> Consents:
    """Note that `actor` agrees to the delay told in round `n`, or to a later date that he was shown with the question
    (`until`, in microseconds). The same answer again changes nothing.

    He may answer for as long as nothing has been ended: a deadline that nobody has acted on yet takes nothing away.
    Raises NotFound, Conflict when the round is not the one that is open.
    """
    for _ in range(_TRIES):
        view = read_backorder(key, store=orders)
        if view is None:
            raise NotFound("there is no such backorder")
        last = view.consents.rounds[-1] if view.consents.rounds else None
        if last is not None and last.n == n and last.state == "given":
            return view.consents
        if last is None or last.n != n or last.state != "open":
            raise Conflict("this question is not open any more")
        answered = view.consents.closed("given", micros(now), actor, _as_shown(last, view, until))
        try:
            consents.write(key, answered)
        except Stale:
            continue
        return answered
    raise Contended("the order kept changing; undecided, please try again", retry_after=1)


def _as_shown(asked: Round, view: OrderView, until: int | None) -> tuple[Delay, ...]:
    """The delays with the dates that the page showed, where they have become later since the question was put."""
    by = {line.position: line.promise.by for line in view.lines if line.waiting and line.promise}
    return tuple(replace(delay, now=_later(delay.now, by.get(delay.position), until)) for delay in asked.delays)


def _later(told: int | None, by: int | None, until: int | None) -> int | None:
    return told if told is None or by is None or until is None else max(told, min(by, until))
