"""A deadline has passed: silence means what the rule says. Run it late, early, or as often as you like."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Literal, NamedTuple

from shared.backorders.change import Asked, cancel_backorder
from shared.backorders.lookup import OrderReader, OrderView, read_backorder
from shared.backorders.ports import ChangingStore, Stale
from shared.consent.model import Round, State, units_in_question, units_not_sent
from shared.consent.ports import ConsentStore, Tellings
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.kernel.errors import NothingToDo

Ended = Literal["nothing", "kept", "silent", "lapsed", "moot", "refused", "untold"]
"""`nothing`: not due or somebody was faster. `kept`: it would be cancelled, but the merchant has switched that off, or
the warehouse has units in hand: they are to be sent or recalled.

`untold`: the customer could not be told; he is asked anew as soon as he can be."""


class End(NamedTuple):
    """How a round ended, and the units that were cancelled by it this time: a repeat cancels none."""

    how: Ended
    units: int = 0


_BY_SILENCE: dict[str, State] = {"consent": "silent", "wait": "lapsed"}


def end_round(
    key: str,
    *,
    orders: OrderReader,
    consents: ConsentStore,
    tellings: Tellings,
    changing: ChangingStore,
    may_cancel: bool,
    now: datetime,
) -> End:
    """Decide an order's open round if its deadline has passed, by the clock and not by whoever called.

    Where silence cancels, the round is closed to answers first; then the units that still wait or are set aside are
    cancelled, once, however often this is repeated after a crash. It ends when nothing is left to be sent: units that
    are packed can only be recalled or sent by people, who see until then that something is overdue.
    """
    view = read_backorder(key, store=orders)
    asked = view.consents.undecided if view else None
    if view is None or asked is None or asked.deadline > micros(now):
        return End("nothing")
    try:
        if _never_told(view, asked, tellings):
            consents.write(key, view.consents.closed("untold", micros(now), f"rule:{asked.rule}"))
            return End("untold")
        return _end(view, asked, consents, changing, may_cancel=may_cancel, now=now)
    except Stale:
        return End("nothing")


def _never_told(view: OrderView, asked: Round, tellings: Tellings) -> bool:
    """Nobody's silence counts who could not be told. Where nothing waits any more, it does not matter."""
    in_question = asked.state == "open" and asked.notice is not None and units_not_sent(asked, view.lines)
    return bool(in_question) and not tellings.reached(view.head.key, asked.notice or 0)


def _end(
    view: OrderView, asked: Round, consents: ConsentStore, changing: ChangingStore, *, may_cancel: bool, now: datetime
) -> End:
    actor, at = f"rule:{asked.rule}", micros(now)
    known = view.consents
    if asked.state == "open":
        state = _without_cancelling(view, asked)
        if state is not None:
            consents.write(view.head.key, known.closed(state, at, actor))
            return End("moot" if state == "moot" else "silent" if state == "silent" else "lapsed")
        if not may_cancel or not units_in_question(asked, view.lines):
            return End("kept")
        known = known.closed("ending", at, actor)
        consents.write(view.head.key, known)
    cancelled = _cancel(view, asked, actor, changing, now)
    if _packed(asked, view):
        return End("kept", cancelled)
    consents.write(view.head.key, known.closed("refused", at, actor))
    return End("refused", cancelled)


def _without_cancelling(view: OrderView, asked: Round) -> State | None:
    """How a round ends by silence where nothing is cancelled by it; None where something is."""
    if units_not_sent(asked, view.lines):
        return _BY_SILENCE.get(asked.on_silence)
    rest = [asked.delay(line.position) for line in view.lines if asked.concerns(line)]
    milder = next((delay.milder for delay in rest if delay and delay.milder), None)
    return _BY_SILENCE[milder] if milder else "moot"


def _packed(asked: Round, view: OrderView) -> int:
    """Units of it that the warehouse has in hand."""
    return sum(units_not_sent(asked, view.lines).values()) - sum(units_in_question(asked, view.lines).values())


def _cancel(view: OrderView, asked: Round, actor: str, changing: ChangingStore, now: datetime) -> int:
    at_stake = {delay.position for delay in asked.delays if delay.milder is None}
    lines = tuple((line.line_id, None) for line in view.lines if line.position in at_stake)
    packed = _packed(asked, view)
    request = f"consent-{asked.n}-{asked.opened_at}" + (f"-but-{packed}" if packed else "")
    who = Asked(view.head.id, actor, request, ids.digest(request))
    with contextlib.suppress(NothingToDo):
        done = cancel_backorder(who, lines, f"not agreed to in time ({asked.rule})", store=changing, now=now)
        return 0 if done.replayed else sum(done.moved.values())
    return 0
