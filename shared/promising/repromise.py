"""Tell the truth again when supply or the queue changed: only lines whose date really changed are written.

A purchase order that is placed in time moves no date; it only changes what the dates stand on. That is kept once per
SKU, as the last place in the queue that purchase orders reach (`covered`), not on every line: see `with_basis`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.model import Line, LineChange, Promise, SortKey
from shared.inventory.model import Stock
from shared.kernel import ids
from shared.promising.ports import PromiseStore, SupplyFacts
from shared.promising.promise import Outlook
from shared.settings.model import MerchantSettings

_BATCH = 100
_WORTH_NOTING = 25  # lines; a shorter queue is walked again sooner than its counters are written
_NOT_ORDERED = {"next_order", "made_to_order"}


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
    A pass over everybody is left out when nothing that dates follow from has changed since the last one; a pass from a
    rank on becomes one when something has, or when a line on the way is not counted yet: then the counters do not say
    how many wait before the rank.
    """
    facts = store.supply(sku)
    if facts is None:
        return Repromised()
    outlook = Outlook(facts.stock, facts.item, facts.supplier, settings, now)
    basis = _basis(facts, outlook, settings)
    if from_rank is not None and basis == facts.stock.dated:
        lines = list(store.waiting(facts.stock, from_rank))
        if all(_is_counted(line, facts.stock) for line in lines):
            return _from(from_rank, lines, facts.stock, _Pass(store, outlook, cause, facts.stock.covered))
    elif from_rank is None and basis == facts.stock.dated:
        return Repromised()
    run = _Pass(store, outlook, cause, facts.stock.covered)
    run.over(store.waiting(facts.stock, None))
    if run.done.lines >= (1 if from_rank is None else _WORTH_NOTING):
        store.note_dated(sku, basis, run.covered)
    elif run.covered != facts.stock.covered and (run.unwritten or run.outdated):
        store.note_covered(sku, run.covered)
    return run.done


def _from(rank: int, lines: list[Line], stock: Stock, run: _Pass) -> Repromised:
    run.place = max(0, stock.waiting - sum(line.waiting for line in lines))
    run.over(lines)
    covered = run.covered_behind(stock, rank)
    if covered != stock.covered:
        run.store.note_covered(stock.sku, covered)
    return run.done


def _is_counted(line: Line, stock: Stock) -> bool:
    """Whether the counters surely have this line; of a large order's line only its part knows."""
    return not line.part and (line.counted or stock.counts(line.sort_key))


def is_dated(facts: SupplyFacts, settings: MerchantSettings, now: datetime) -> bool:
    """Whether everybody who waits has been dated from just these facts: a pass over all of them would find nothing."""
    outlook = Outlook(facts.stock, facts.item, facts.supplier, settings, now)
    return _basis(facts, outlook, settings) == facts.stock.dated


class _Pass:
    """One walk along the waiting lines of a SKU, `place` units waiting before the first of them.

    `covered` is the last line that purchase orders reach, `unwritten` whether a line is reached that says otherwise,
    `outdated` whether one that they do not reach lies before the place that is noted (`noted`).
    """

    def __init__(self, store: PromiseStore, outlook: Outlook, cause: str, noted: SortKey | None) -> None:
        self.store, self._outlook, self._cause, self._noted = store, outlook, cause, noted
        self.place = 0
        self.done = Repromised()
        self.covered: SortKey | None = None
        self.unwritten = False
        self.outdated = False

    def over(self, lines: Iterable[Line]) -> None:
        pending: list[LineChange] = []
        for line in lines:
            self.place += line.waiting
            self.done.lines += 1
            promise = self._outlook.promise(self.place, self._cause)
            if promise.basis == "purchase_order":
                self.covered = line.sort_key
            elif promise.basis in _NOT_ORDERED and self._noted is not None and line.sort_key <= self._noted:
                self.outdated = True
            if self._is_news(line, promise):
                revision = replace(promise, cause=self._cause).not_before(line.promise)
                pending.append(LineChange(line, promise=revision))
            if len(pending) == _BATCH:
                self.done.revised += self.store.revise(pending)
                pending = []
        self.done.revised += self.store.revise(pending) if pending else 0

    def _is_news(self, line: Line, promise: Promise) -> bool:
        before = line.promise
        if before is None or not before.same_dates(promise):
            return True
        if before.basis in _NOT_ORDERED and promise.basis == "purchase_order":
            self.unwritten = True
            return False
        return before.basis != promise.basis

    def covered_behind(self, stock: Stock, from_rank: int) -> SortKey | None:
        """The last covered place after a walk that began at a rank: what lies before it is as it was."""
        if self.covered is not None:
            raised = stock.covered is None or self.covered > stock.covered
            return self.covered if self.unwritten or not raised else stock.covered
        before = (from_rank, "", 0)
        return stock.covered if stock.covered is None or stock.covered < before else before


def with_basis(line: Line, stock: Stock | None) -> Line:
    """The line with the basis its dates stand on by now: a purchase order that reaches it moved no date of its own."""
    promise = line.promise
    if not line.waiting or promise is None or promise.basis not in _NOT_ORDERED:
        return line
    if stock is None or stock.covered is None or line.sort_key > stock.covered:
        return line
    return replace(line, promises=(*line.promises[:-1], replace(promise, basis="purchase_order")))


def undecided(lines: Iterable[Line]) -> set[str]:
    """SKUs whose counters say what the dates of these lines stand on."""
    waiting = (line for line in lines if line.waiting and line.promise is not None)
    return {line.sku for line in waiting if line.promise and line.promise.basis in _NOT_ORDERED}


def _basis(facts: SupplyFacts, outlook: Outlook, settings: MerchantSettings) -> str:
    """Everything but the queue itself that dates follow from; a change in the queue comes with its rank."""
    stock = facts.stock
    inbound = [[po, i.open, i.likely, i.by] for po, i in sorted(stock.inbound.items())]
    supply = [inbound, stock.received, stock.corrections, stock.free]
    supplier = facts.supplier.version if facts.supplier else 0
    return ids.body_digest([supply, facts.item.version, supplier, settings.version, outlook.next_order])
