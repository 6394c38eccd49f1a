"""Tell the truth again when supply or the queue changed: only lines whose date really changed are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.model import Line, LineChange
from shared.promising.ports import PromiseStore
from shared.promising.promise import Outlook
from shared.settings.model import MerchantSettings

_BATCH = 100


@dataclass
class Repromised:
    """Lines looked at, revisions appended."""

    lines: int = 0
    revised: int = 0


def repromise(
    sku: str,
    *,
    store: PromiseStore,
    settings: MerchantSettings,
    now: datetime,
    cause: str,
    from_rank: int | None = None,
) -> Repromised:
    """Date every waiting line of a SKU anew, or only those from a rank on (a queue changes behind a point).

    The place of a line is exact: the units that wait before it, itself included. The promise is that of its last unit.
    """
    done = Repromised()
    facts = store.supply(sku)
    if facts is None:
        return done
    outlook = Outlook(facts.stock, facts.item, facts.supplier, settings, now)
    lines = list(store.waiting(facts.stock, from_rank)) if from_rank is not None else store.waiting(facts.stock, None)
    place = max(0, facts.stock.waiting - sum(x.waiting for x in lines)) if isinstance(lines, list) else 0
    pending: list[LineChange] = []
    for line in lines:
        place += line.waiting
        done.lines += 1
        change = _revision(line, outlook, place, cause)
        if change is not None:
            pending.append(change)
        if len(pending) == _BATCH:
            done.revised += store.revise(pending)
            pending = []
    done.revised += store.revise(pending) if pending else 0
    return done


def _revision(line: Line, outlook: Outlook, place: int, cause: str) -> LineChange | None:
    promise = outlook.promise(place, cause)
    if line.promise is not None and line.promise.same_dates(promise):
        return None
    return LineChange(line, promise=replace(promise, cause=cause))
