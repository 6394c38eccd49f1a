"""A question whose reason is gone: the goods come in time after all. Nobody has to answer, and silence ends nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.lookup import OrderReader, OrderView
from shared.backorders.ports import Stale
from shared.consent.duty import still_late
from shared.consent.model import Round
from shared.consent.ports import ConsentStore
from shared.consent.rules import pack
from shared.kernel.clock import micros
from shared.kernel.errors import Contended

_TRIES = 4


def has_settled_itself(asked: Round, view: OrderView, now: datetime) -> bool:
    """Whether nothing that is still to be sent of what this question asked about is late any more, by the law that
    asked.

    One whose deadline has passed stays as it is: the clock decides what becomes of it (`expire`). So does one of which
    everything was sent or given up.
    """
    law = pack(asked.rule.partition(".")[0])
    to_be_sent = any(asked.concerns(line) for line in view.lines)
    in_time = asked.state == "open" and micros(now) < asked.deadline
    return in_time and to_be_sent and not still_late(asked, view, law, now)


@dataclass(frozen=True)
class Relieving:
    """Reads orders for whoever tells their customers: a question that has settled itself is ended as moot before."""

    orders: OrderReader
    consents: ConsentStore
    now: datetime

    def read(self, key: str) -> OrderView | None:
        """The order, as it is once that is written. Raises Contended when it keeps being asked and answered."""
        for _ in range(_TRIES):
            view = self.orders.read(key)
            asked = view.consents.undecided if view else None
            if view is None or asked is None or not has_settled_itself(asked, view, self.now):
                return view
            ended = view.consents.closed("moot", micros(self.now), f"rule:{asked.rule}")
            try:
                self.consents.write(key, ended)
            except Stale:
                continue
            return replace(view, consents=ended)
        raise Contended("the order kept changing; undecided, please try again", retry_after=1)
