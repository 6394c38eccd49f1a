"""Bugs in orders that wait to be shipped in one parcel: what they take, keep and give back."""

from __future__ import annotations

from tests.mutants.bug import Bug

_SETS = "tests/flow/test_sets.py"

BUGS = (
    Bug(
        "A set is passed by although what it lacks is confirmed to come soon",
        "shared/allocation/world.py",
        "(self.firm(sku) if confirmed else 0)",
        "0",
        (f"{_SETS}::test_a_set_takes_what_there_is_when_the_rest_is_confirmed_to_come_soon",),
    ),
    Bug(
        "A set overtaken for too long goes on yielding",
        "shared/allocation/world.py",
        "return Verdict.TAKES if takes else Verdict.YIELDS",
        "return Verdict.YIELDS",
        (f"{_SETS}::test_patience_begins_when_an_order_is_overtaken_first_and_not_each_time",),
    ),
    Bug(
        "What a set lacked last is taken for what it lacks",
        "shared/allocation/policy.py",
        "return Verdict.YIELDS if self._is_short_of(sku, units) else None",
        "return Verdict.YIELDS",
        ("tests/unit/allocation/test_policy.py::test_where_an_order_is_looked_at_first_changes_nothing",),
    ),
    Bug(
        "A day that passes is looked at for nobody",
        "shared/allocation/look_again.py",
        "        if decision or decision.overtaken:\n",
        "        if not decision and decision.overtaken:\n",
        (f"{_SETS}::test_a_day_makes_nobody_look_at_a_set_that_yields_to_whoever_is_before_it",),
    ),
    Bug(
        "What a batch moved is remembered as it was before",
        "shared/aws/allocation_memory.py",
        "of_orders[one].get(line.position, line)",
        "line",
        (f"{_SETS}::test_what_a_batch_has_written_it_reads_again_and_nothing_else",),
    ),
    Bug(
        "A read that was cut off is taken for the end of the queue",
        "shared/aws/allocation_memory.py",
        "            self._seen, self._rest = [], self._read()\n",
        "",
        ("tests/unit/aws/test_allocation_memory.py",),
    ),
    Bug(
        "Not all that has a say in a set is looked at",
        "shared/allocation/policy.py",
        "        self.wider.update(others)\n",
        "        self.wider.update(others[:0])\n",
        ("tests/unit/allocation/test_policy.py",),
    ),
    Bug(
        "The hold horizon ends today: nothing confirmed for later counts",
        "shared/allocation/world.py",
        "micros(now + settings.hold_horizon_days * DAY)",
        "micros(now)",
        (f"{_SETS}::test_a_set_takes_what_there_is_when_the_rest_is_confirmed_to_come_soon",),
    ),
    Bug(
        "Units taken back from behind the queue head leave the head where it is",
        "shared/aws/allocation_store.py",
        '{"head": first} if first < stock.head else {}',
        '{"head": first} if first < 0 else {}',
        (f"{_SETS}::test_units_that_a_set_gives_back_from_behind_the_queue_head_are_its_own_place_again",),
    ),
    Bug(
        "A set takes units that are due to orders before it",
        "shared/aws/allocation_store.py",
        'values={"left": units + whole.reserved.get(sku, 0)}',
        'values={"left": units}',
        (f"{_SETS}::test_a_set_leaves_what_is_due_to_an_order_before_it_when_units_are_lost_meanwhile",),
    ),
    Bug(
        "A set is given although its order changed since it was read (a dropped condition)",
        "shared/aws/order_reader.py",
        'Check(key, "#version = :version"',
        'Check(key, "#version >= :version"',
        (f"{_SETS}::test_a_set_that_lost_a_line_while_it_was_completed_takes_nothing_more_as_if_it_were_whole",),
    ),
    Bug(
        "What a batch remembers of orders outlives a lost condition",
        "shared/aws/allocation_store.py",
        "            self._memory.forget()\n            raise Stale from None\n",
        "            raise Stale from None\n",
        (f"{_SETS}::test_what_a_batch_remembers_of_an_order_costs_at_most_a_second_try",),
    ),
    Bug(
        "A batch gives from counters that it has written itself",
        "shared/aws/allocation_memory.py",
        "self.stocks.pop(sku, None)",
        "pass",
        (f"{_SETS}::test_what_a_batch_has_written_it_reads_again_and_nothing_else",),
    ),
    Bug(
        "The daily look leaves out orders that have units and may have to give them back",
        "shared/allocation/look_again.py",
        " or (not impatient and self._has(x))",
        "",
        (
            "tests/unit/allocation/test_look_again.py::test_whatever_a_day_changes_for_an_order_in_one_parcel_is_looked_at",
        ),
    ),
    Bug(
        "Every overtaking begins an order's patience anew",
        "shared/aws/allocation_store.py",
        'when="attribute_not_exists(#overtaken_at)"',
        'when="attribute_exists(pk)"',
        (f"{_SETS}::test_patience_begins_when_an_order_is_overtaken_first_and_not_each_time",),
    ),
    Bug(
        "A set leaves the house although a line of it was changed since",
        "shared/aws/fulfilment_store.py",
        '[guard] if head.shipping == "hold" else []',
        "[]",
        ("tests/flow/test_races.py::test_a_set_leaves_whole_or_not_at_all_whenever_a_line_of_it_is_switched",),
    ),
    Bug(
        "A held order hands over single lines while others wait",
        "shared/fulfilment/release.py",
        'view.head.shipping == "hold" and any(line.waiting',
        'view.head.shipping == "hold" and all(line.waiting',
        ("tests/flow/test_orders.py::test_an_impatient_hold_order_keeps_what_it_gets",),
    ),
)
