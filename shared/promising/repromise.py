"""Tell the truth again when supply or the queue changed: only lines whose date really changed are written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.model import Line, LineChange
from shared.kernel import ids
from shared.promising.ports import PromiseStore, SupplyFacts
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
    A pass over everybody is left out when nothing that dates follow from has changed since the last one.
    """
    done = Repromised()
    facts = store.supply(sku)
    if facts is None:
        return done
    outlook = Outlook(facts.stock, facts.item, facts.supplier, settings, now)
    basis = _basis(facts, outlook, settings)
    if from_rank is None and basis == facts.stock.dated:
        return done
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
    if from_rank is None:
        store.note_dated(sku, basis)
    return done


def _basis(facts: SupplyFacts, outlook: Outlook, settings: MerchantSettings) -> str:
    """Everything but the queue itself that dates follow from; a change in the queue comes with its rank."""
    stock = facts.stock
    inbound = [[po, i.open, i.likely, i.by] for po, i in sorted(stock.inbound.items())]
    supply = [inbound, stock.received, stock.corrections, stock.free]
    supplier = facts.supplier.version if facts.supplier else 0
    return ids.body_digest([supply, facts.item.version, supplier, settings.version, outlook.next_order])


def _revision(line: Line, outlook: Outlook, place: int, cause: str) -> LineChange | None:
    promise = outlook.promise(place, cause)
    if line.promise is not None and line.promise.same_dates(promise):
        return None
    return LineChange(line, promise=replace(promise, cause=cause))
