"""Who gets the free units: orders are served one by one in rank order, whoever computes it and however often.

A line takes what is left, in part if need be. An order that is shipped in one parcel (hold) takes its whole set when
everything it still waits for is left for it; otherwise it takes what fits when suppliers have confirmed the rest in
time, or when it has been overtaken for too long; otherwise it yields and keeps its place. Units that incomplete hold
orders have are part of the pool each time, so an earlier order may take them back and nobody hoards.

Pure: the same world gives the same decision. The world is read lazily, only as far as units reach.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Protocol

from shared.allocation.careful import CarefulOrder, Verdict
from shared.allocation.decision import Decision, Grant, WholeSet, sort_key
from shared.backorders.model import Line, SortKey


class World(Protocol):
    """What the policy looks at. `queue` gives lines that wait or belong to `held`, in queue order."""

    def free(self, sku: str) -> int: ...

    def held(self, sku: str) -> int:
        """Units of the SKU that incomplete hold orders have."""
        ...

    def firm(self, sku: str) -> int:
        """Units that suppliers confirmed to bring within the hold horizon."""
        ...

    def queue(self, sku: str) -> Iterable[Line]: ...

    def order(self, backorder_id: str) -> CarefulOrder: ...

    def verdict(self, backorder_id: str, patience_over: int) -> Verdict | None:
        """What certainly becomes of an order. One in one parcel that waits for more of a SKU than there is takes what
        fits when it has been overtaken for too long; it yields if it waits for more than is confirmed, too. None where
        that would have to be looked up: `order` decides then."""
        ...

    def lacked(self, backorder_id: str, patience_over: int) -> tuple[str, int] | None:
        """A SKU that a patient order in one parcel lacked when it was looked at last, and for how many units of it its
        lines wait now; None where that is not known. A hint: another one, or none, changes no decision."""
        ...

    def lacks(self, backorder_id: str, sku: str) -> None:
        """This is what it lacks now."""
        ...

    def pooled(self, line: Line) -> int:
        """Units of a line of such an order that are shared out anew."""
        ...


def is_over(overtaken_at: int | None, patience_over: int) -> bool:
    """Whether an order was overtaken so long ago that it takes what fits."""
    return overtaken_at is not None and overtaken_at <= patience_over


def decide(sku: str, world: World, *, patience_over: int) -> Decision:
    """Serve the queue of `sku` as far as its units reach. `patience_over`: an order overtaken before that takes."""
    together = [sku]
    while True:
        serving = _Serving(together, world, patience_over)
        decision = serving.run()
        if not serving.wider:
            return decision
        together += sorted(serving.wider)


class _Serving:
    """One pass over the queues of some SKUs, merged by rank."""

    def __init__(self, skus: list[str], world: World, patience_over: int) -> None:
        self._skus, self._world, self._patience_over = skus, world, patience_over
        self._start = skus[0]
        self._pool = {s: world.free(s) + world.held(s) for s in skus}
        self._ahead = dict.fromkeys(skus, 0)  # units wanted by those in front and not served
        self._decided = set[str]()
        self._verdicts: dict[str, Verdict] = {}
        self._met: set[SortKey] = set()  # lines that were served by their order's verdict
        self._yielded: dict[str, list[str]] = {s: [] for s in skus}
        self._reserved: dict[str, int] = {}
        self._out = Decision()
        self._over, self._moved = set[str](), set[str]()
        self.wider: set[str] = set()

    def run(self) -> Decision:
        for line in heapq.merge(*map(self._queue, self._skus), key=sort_key):
            if self._pool[self._start] == 0 or self._start in self._over:
                break
            if line.careful:
                self._careful(line)
            else:
                self._simple(line)
        self._out.idle = self._over - self._moved
        self._give_back_unreached()
        return self._out

    def _queue(self, sku: str) -> Iterator[Line]:
        yield from self._world.queue(sku)
        self._over.add(sku)  # lines of others behind the last one of the SKU it is about change nothing for it

    def _simple(self, line: Line) -> None:
        give = min(self._pool[line.sku], line.waiting)
        self._take(line.sku, give)
        self._ahead[line.sku] += line.waiting - give
        self._change(line, give)

    def _take(self, sku: str, units: int, *, with_the_set: bool = False) -> None:
        """Only what this run moves overtakes anybody: of other SKUs, what a set takes with it."""
        self._pool[sku] -= units
        if units and (with_the_set or sku == self._start):
            self._out.overtaken += [x for x in self._yielded[sku] if x not in self._out.overtaken]

    def _careful(self, line: Line) -> None:
        order = line.backorder_id
        if order not in self._decided:
            self._decided.add(order)
            verdict = self._lacks_again(order) or self._world.verdict(order, self._patience_over)
            if verdict is not None:
                self._verdicts[order] = verdict
            else:
                self._whole(self._world.order(order))
        if order in self._verdicts:
            self._by_verdict(line, self._verdicts[order])

    def _lacks_again(self, order: str) -> Verdict | None:
        """What an order lacked last it may lack again, alone or after those before it: its other lines say nothing."""
        lacked, world = self._world.lacked(order, self._patience_over), self._world
        if lacked is None:
            return None
        sku, units = lacked
        if units > world.free(sku) + world.held(sku) + world.firm(sku):
            return Verdict.YIELDS
        if self._widen_to([sku]):
            return Verdict.TAKES
        return Verdict.YIELDS if self._is_short_of(sku, units) else None

    def _is_short_of(self, sku: str, units: int) -> bool:
        """Neither there after those ahead, nor confirmed to come for it in time."""
        missing = units - self._pool[sku]
        return missing > 0 and self._world.firm(sku) < self._ahead[sku] + missing

    def _by_verdict(self, line: Line, verdict: Verdict) -> None:
        """One line of an order whose others need not be read."""
        self._met.add(line.sort_key)
        had = self._world.pooled(line)
        self._what_fits(line, had) if verdict is Verdict.TAKES else self._yield([(line, had)])

    def _whole(self, order: CarefulOrder) -> None:
        needs = order.needs()
        lines = [(line, order.pooled(line)) for line in order.lines if line.sku in self._pool]
        if order.hold and self._fits(needs):
            self._whole_set(order)
        elif not order.hold or is_over(order.overtaken_at, self._patience_over) or self._covered(order, needs):
            for line, had in lines:
                self._what_fits(line, had)
        else:
            self._yield(lines)

    def _fits(self, needs: dict[str, int]) -> bool:
        pool, world = self._pool, self._world
        if any(sku in pool and pool[sku] < units for sku, units in needs.items()):
            return False
        if any(sku not in pool and world.free(sku) + world.held(sku) < units for sku, units in needs.items()):
            return False
        self._widen_to(needs)
        return True

    def _widen_to(self, skus: Iterable[str]) -> bool:
        """The queues of these SKUs have a say as well; whether some of them are not looked at yet. Everything is served
        anew once all such are known. Until then the order is taken for one that takes; a queue too many does no harm.
        """
        others = [sku for sku in skus if sku not in self._pool]
        self.wider.update(others)
        return bool(others)

    def _covered(self, order: CarefulOrder, needs: dict[str, int]) -> bool:
        """Each missing unit is confirmed to come in time, after those ahead."""
        for sku in needs:
            missing = needs[sku] - (self._world.free(sku) + self._world.held(sku))
            if missing > 0 and self._world.firm(sku) < missing:
                self._world.lacks(order.backorder_id, sku)
                return False
        if self._widen_to(needs):
            return True
        short = next((sku for sku in needs if self._is_short_of(sku, needs[sku])), None)
        if short is not None:
            self._world.lacks(order.backorder_id, short)
        return short is None

    def _whole_set(self, order: CarefulOrder) -> None:
        grants = [Grant(line, line.waiting) for line in order.lines if line.waiting]
        now = any(grant.line.sku == self._start for grant in grants)
        for line in order.lines:
            if line.sku in self._pool:
                self._take(line.sku, line.waiting + order.pooled(line), with_the_set=now)
        if now:
            due = {line.sku: self._reserved.get(line.sku, 0) for line in order.lines}
            self._out.steps.append(WholeSet(order, tuple(grants), due))
        else:
            for grant in grants:
                self._change(grant.line, grant.give)

    def _what_fits(self, line: Line, had: int) -> None:
        target = min(self._pool[line.sku], line.waiting + had)
        self._take(line.sku, target)
        self._ahead[line.sku] += line.waiting + had - target
        self._change(line, target - had)

    def _yield(self, lines: Iterable[tuple[Line, int]]) -> None:
        """Lines of one order, with what each of them gives back."""
        for line, pooled in lines:
            units, yielded = line.waiting + pooled, self._yielded[line.sku]
            self._ahead[line.sku] += units
            if units and self._pool[line.sku] and line.backorder_id not in yielded[-1:]:
                yielded.append(line.backorder_id)
            self._change(line, -pooled)

    def _change(self, line: Line, give: int) -> None:
        self._moved.update({line.sku} if give else ())
        if line.sku != self._start:
            self._reserved[line.sku] = self._reserved.get(line.sku, 0) + max(0, give)
        elif give > 0:
            self._out.steps.append(Grant(line, give))
        elif give < 0:
            self._out.returns.append(Grant(line, give))

    def _give_back_unreached(self) -> None:
        """Incomplete hold orders behind the last unit keep nothing."""
        if self._pool[self._start] or not self._world.held(self._start):
            return
        for line in self._world.queue(self._start):
            if line.careful and line.allocated and not self._reached(line) and (units := self._world.pooled(line)):
                self._out.returns.append(Grant(line, -units))

    def _reached(self, line: Line) -> bool:
        if line.backorder_id in self._verdicts:
            return line.sort_key in self._met
        return line.backorder_id in self._decided
