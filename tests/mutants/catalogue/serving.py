"""Bugs in who gets units and when: policy, allocation, promises, releases, shipments."""

from __future__ import annotations

from tests.mutants.bug import Bug

_ORDERS = "tests/flow/test_orders.py"
_SHORT = f"{_ORDERS}::test_a_short_pick_returns_the_rest_to_allocated"
_RACES = "tests/flow/test_races.py"
_MEETINGS = "tests/flow/test_meetings.py"
_SUPPLY = "tests/flow/test_supply.py"
_OUTLOOK = "tests/unit/promising/test_outlook.py"
_POLICY = "tests/unit/allocation/test_policy.py"

BUGS = (
    Bug(
        "Orders are served in the order of their ids (wrong sort key)",
        "shared/allocation/decision.py",
        'sort_key = attrgetter("sort_key")',
        'sort_key = attrgetter("backorder_id", "position")',
        (_POLICY,),
    ),
    Bug(
        "A set that would take the very last units does not fit (off by one)",
        "shared/allocation/policy.py",
        "if any(sku in pool and pool[sku] < units for",
        "if any(sku in pool and pool[sku] <= units for",
        (_POLICY,),
    ),
    Bug(
        "A set that lacks one unit fits (off by one)",
        "shared/allocation/policy.py",
        "if any(sku in pool and pool[sku] < units for",
        "if any(sku in pool and pool[sku] + 1 < units for",
        (_POLICY,),
    ),
    Bug(
        "Confirmed units count for an order although those ahead of it get them",
        "shared/allocation/policy.py",
        "self._world.firm(sku) < self._ahead[sku] + missing",
        "self._world.firm(sku) < missing",
        (_POLICY,),
    ),
    Bug(
        "An order loses its patience only while it has been overtaken lately",
        "shared/allocation/policy.py",
        "and overtaken_at <= patience_over",
        "and overtaken_at >= patience_over",
        (_POLICY,),
    ),
    Bug(
        "A line larger than what is left is passed over",
        "shared/allocation/policy.py",
        "give = min(self._pool[line.sku], line.waiting)",
        "give = line.waiting if line.waiting <= self._pool[line.sku] else 0",
        (_POLICY,),
    ),
    Bug(
        "What an incomplete order has behind the last unit stays with it",
        "shared/allocation/policy.py",
        "self._out.returns.append(Grant(line, -units))",
        "self._out.returns.append(Grant(line, 0))",
        (_POLICY,),
    ),
    Bug(
        "The queue head passes a line that was served in part",
        "shared/allocation/allocate.py",
        "return grants, min(head, line.rank), False",
        "return grants, head, False",
        (_ORDERS,),
    ),
    Bug(
        "Patience lasts twice as long as the merchant has set",
        "shared/allocation/world.py",
        "micros(now - settings.patience_days * DAY)",
        "micros(now - 2 * settings.patience_days * DAY)",
        (_ORDERS,),
    ),
    Bug(
        "Units no supplier has confirmed count within the hold horizon",
        "shared/promising/promise.py",
        "if i.firm and i.likely <= until",
        "if i.likely <= until",
        (_OUTLOOK,),
    ),
    Bug(
        "Each arrival covers only its own units, not those before it",
        "shared/promising/promise.py",
        "        out.append((date, total))",
        "        out.append((date, units))",
        (_OUTLOOK,),
    ),
    Bug(
        "The last free unit is dated by the next order (off by one)",
        "shared/promising/promise.py",
        "        if place <= self._free:",
        "        if place < self._free:",
        (_OUTLOOK,),
    ),
    Bug(
        "The units of a line itself do not count in its place",
        "shared/promising/repromise.py",
        "            self.place += line.waiting\n            self.done.lines += 1\n"
        "            promise = self._outlook.promise(self.place, self._cause)\n",
        "            self.done.lines += 1\n            promise = self._outlook.promise(self.place, self._cause)\n"
        "            self.place += line.waiting\n",
        (_SUPPLY,),
    ),
    Bug(
        "Who is dated from a rank on is dated as if nobody stood in front",
        "shared/promising/repromise.py",
        "max(0, stock.waiting - sum(line.waiting for line in lines))",
        "0",
        (f"{_SUPPLY}::test_who_comes_last_is_dated_behind_those_who_wait_already",),
    ),
    Bug(
        "A release is created while an earlier one is being recalled",
        "shared/aws/fulfilment_store.py",
        "        if release.n > 1:",
        "        if release.n > 2:",
        (_RACES,),
    ),
    Bug(
        "Two shipments of one release confirmed at once both count",
        "shared/aws/fulfilment_store.py",
        'when="#version = :before", values={"before": before.version}',
        'when="#version >= :before", values={"before": before.version}',
        (_MEETINGS,),
    ),
    Bug(
        "A shipment leaves no mark on its lines",
        "shared/aws/fulfilment_store.py",
        "self._table.write(line_update(change, mark=mark))",
        "self._table.write(line_update(change))",
        (_SHORT,),
    ),
    Bug(
        "Units already shipped count as not yet assigned to a release",
        "shared/fulfilment/model.py",
        "line.released + line.shipped - claimed[line.position]",
        "line.released + 2 * line.shipped - claimed[line.position]",
        (_SHORT,),
    ),
    Bug(
        "What a short pick returns stays in the release",
        "shared/fulfilment/model.py",
        "units=line.units - moved.get(line.position, (0, 0))[1]",
        "units=line.units",
        (_SHORT,),
    ),
    Bug(
        "A line exactly at the queue head is passed over (off by one)",
        "shared/aws/allocation_store.py",
        "first=keys.rank_sort(from_rank)",
        "first=keys.rank_sort(from_rank + 1)",
        (f"{_ORDERS}::test_a_sku_may_hold_any_printable_character_a_slash_too",),
    ),
)
