"""Give a SKU's free units to those who wait, in queue order, until nothing is free or nobody may take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.allocation.decision import Decision, Grant, WholeSet
from shared.allocation.hand_out import HandOut, handed
from shared.allocation.ports import AllocationStore
from shared.allocation.world import decide_now
from shared.backorders.model import LineChange
from shared.backorders.ports import Stale
from shared.inventory.model import Stock
from shared.kernel.clock import micros
from shared.kernel.errors import Contended
from shared.promising.kept import Keeping
from shared.settings.model import MerchantSettings

# The queue head stays this far back, so that an order being recorded now cannot land before it.
HEAD_BACK = timedelta(minutes=2)
LINES_PER_WRITE = 95
LINES_ONE_BY_ONE = 25
_TRIES = 8


@dataclass
class Allocated:
    """What one run did, in units, and what became of the promises of the lines it served."""

    sku: str
    units: int = 0
    returned: int = 0
    lines: int = 0
    retry: set[str] = field(default_factory=set)
    keeping: Keeping = field(default_factory=Keeping)


def allocate_stock(
    sku: str, *, store: AllocationStore, settings: MerchantSettings, now: datetime, sent: datetime, cause: str
) -> Allocated:
    """Serve the queue of `sku`. Same input, same output; safe to run twice, at once, or after a crash. `sent`: not
    later than now by any right clock; the queue head goes by it."""
    run = _Run(sku, store, settings, now, sent, cause)
    for _ in range(_TRIES):
        try:
            while run.step():
                pass
        except Stale:
            continue
        return run.done
    raise Contended(f"the queue of {sku} kept changing", retry_after=5)


def allocate_with_others(
    sku: str, *, store: AllocationStore, settings: MerchantSettings, now: datetime, sent: datetime, cause: str
) -> Iterator[Allocated]:
    """Serve `sku`; where a set needs units that lie with a later order of another SKU, that one and `sku` again."""

    def served(one: str) -> Allocated:
        return allocate_stock(one, store=store, settings=settings, now=now, sent=sent, cause=cause)

    first = served(sku)
    yield first
    for one in (again for other in sorted(first.retry) for again in (other, sku)):
        yield served(one)


class _Run:
    """One allocation run over one SKU."""

    def __init__(
        self, sku: str, store: AllocationStore, settings: MerchantSettings, now: datetime, sent: datetime, cause: str
    ) -> None:
        self._store, self._settings, self._now, self._cause = store, settings, now, cause
        self._head = micros(sent - HEAD_BACK)
        self.done = Allocated(sku)

    def step(self) -> bool:
        """One transaction's worth; False when nothing more can be done."""
        stock = self._store.stock(self.done.sku)
        if stock is None or not stock.to_give:
            return False
        grants, head, careful = self._simple(stock)
        hidden = self._store.hidden(stock.sku)
        head = head if hidden is None else min(head, hidden)
        if grants:
            self._serve(stock, grants, head)
            return True
        return self._careful(stock) if careful or stock.partial else False

    def _simple(self, stock: Stock) -> tuple[list[Grant], int, bool]:
        """Grants up to the first line that needs thought, the new queue head, and whether there is such a line."""
        free = stock.free
        grants: list[Grant] = []
        head = self._head
        for line in self._store.queue(stock):
            if line.careful or free == 0 or len(grants) == LINES_PER_WRITE:
                return grants, min(head, line.rank), line.careful
            give = min(free, line.waiting)
            grants.append(Grant(line, give))
            free -= give
            if give < line.waiting:
                return grants, min(head, line.rank), False
        return grants, head, False

    def _serve(self, stock: Stock, grants: list[Grant], head: int) -> None:
        """Few lines one by one, at half the write units; many in one transaction, at a tenth of the calls."""
        if len(grants) < LINES_ONE_BY_ONE:
            units = {grant.line.sort_key: grant.give for grant in grants}
            out = HandOut(stock.handings + 1, micros(self._now), self._cause, units)
            self.done.units += self._store.hand_out(stock, out, [grant.line for grant in grants], head)
            self.done.lines += len(grants)
            self._judge(grants)
        else:
            self._store.give(stock, [self._change(grant) for grant in grants], head)
            self._count(grants)

    def _careful(self, stock: Stock) -> bool:
        if stock.sku in self._store.idle:
            return False
        decision = decide_now(stock, self._store, self._settings, self._now)
        if decision.overtaken:
            self._store.mark_overtaken(decision.overtaken, micros(self._now))
        if decision:
            self._commit(stock, decision)
        elif not decision.overtaken:
            self._store.idle.update(decision.idle)
        return False

    def _commit(self, stock: Stock, decision: Decision) -> None:
        for batch in _chunks(decision.returns):
            self._store.take_back(stock, [self._change(grant) for grant in batch])
            self.done.returned -= sum(grant.give for grant in batch)
        pending: list[Grant] = []
        for step in decision.steps:
            if isinstance(step, WholeSet):
                self._give(stock, pending)
                pending = []
                self._give_set(step)
            else:
                pending.append(step)
        self._give(stock, pending)

    def _give(self, stock: Stock, grants: list[Grant]) -> None:
        for batch in _chunks(grants):
            self._store.give(stock, [self._change(grant) for grant in batch], None)
            self._count(batch)

    def _give_set(self, whole: WholeSet) -> None:
        try:
            self._store.give_set(whole, [self._change(grant) for grant in whole.grants])
        except Stale:
            # Units it needs may lie with a later, incomplete order of another SKU: that SKU's own run moves them.
            self.done.retry |= {grant.line.sku for grant in whole.grants} - {self.done.sku}
            if not self.done.retry:
                raise
            return
        self._count(whole.grants)

    def _count(self, grants: Sequence[Grant]) -> None:
        for grant in grants:
            self.done.units += grant.give
            self.done.lines += 1
        self._judge(grants)

    def _judge(self, grants: Sequence[Grant]) -> None:
        for grant in grants:
            self.done.keeping.served(grant.line, grant.give, micros(self._now))

    def _change(self, grant: Grant) -> LineChange:
        """Allocated; and handed over in the same write unless the order's head has a say."""
        at, why = micros(self._now), self._cause
        if grant.give < 0:
            return LineChange(grant.line).move("deallocate", "allocated", -grant.give, at=at, actor="system", cause=why)
        return handed(grant.line, grant.give, at, why)


def _chunks(grants: list[Grant]) -> Iterable[list[Grant]]:
    for start in range(0, len(grants), LINES_PER_WRITE):
        yield grants[start : start + LINES_PER_WRITE]
