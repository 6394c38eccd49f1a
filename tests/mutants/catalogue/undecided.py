"""Bugs of which it is not known yet whether the suite kills them, within which budget, or whether they are bugs at all.

`python -m tests.mutants --undecided` tries them. One that is killed moves to its part of the catalogue; one that nothing
can tell from the right code is described in the catalogue instead; for all others a test is missing.
"""

from __future__ import annotations

from tests.mutants.bug import Bug

_ORDERS = "tests/flow/test_orders.py"
_RACES = "tests/flow/test_races.py"
_CRASHES = "tests/flow/test_crashes.py"
_MEETINGS = "tests/flow/test_meetings.py"
_REPLAY = "tests/replay"

UNDECIDED = (
    Bug(
        "A line takes its part although it was marked as having missed it",
        "shared/aws/hand_outs.py",
        "        if line is None or out.missed in line.did:\n            return False\n",
        "        if line is None:\n            return False\n",
        killer="simulation",
    ),
    Bug(
        "A part of a large order is counted by everybody who comes by",
        "shared/aws/demand_store.py",
        'when="#counted = :no"',
        'when="#counted = :no OR #counted <> :no"',
        killer="simulation",
    ),
    Bug(
        "A correction of unknown content under a known id is taken for a repeat",
        "shared/inventory/correct.py",
        "    if posted.digest != command.digest:\n",
        "    if posted.digest != command.digest and same_key:\n",
        ("tests/unit/inventory", "tests/functions/test_bad_input.py", _ORDERS),
        killer="simulation",
    ),
    Bug(
        "A line exactly at the queue head is passed over (off by one)",
        "shared/aws/allocation_store.py",
        "first=keys.rank_sort(from_rank)",
        "first=keys.rank_sort(from_rank + 1)",
        (_ORDERS,),
        killer="simulation",
    ),
    Bug(
        "The hold horizon ends today: nothing confirmed for later counts",
        "shared/allocation/allocate.py",
        "micros(now + settings.hold_horizon_days * DAY)",
        "micros(now)",
        killer="simulation",
    ),
    Bug(
        "Units taken back from behind the queue head leave the head where it is",
        "shared/aws/allocation_store.py",
        '{"head": first} if first < stock.head else {}',
        '{"head": first} if first < 0 else {}',
        killer="simulation",
    ),
    Bug(
        "A set takes units that are due to orders before it",
        "shared/aws/allocation_store.py",
        'values={"left": units + whole.reserved.get(sku, 0)}',
        'values={"left": units}',
        killer="simulation",
    ),
    Bug(
        "A set is given although its order changed since it was read (a dropped condition)",
        "shared/aws/allocation_store.py",
        'Check(key, "#version = :version"',
        'Check(key, "#version >= :version"',
        (_RACES,),
        killer="simulation",
    ),
    Bug(
        "Lines of a large order are served before the order is there",
        "shared/aws/allocation_store.py",
        "if not line.part or self.is_visible(line.backorder_id):",
        "if line or self.is_visible(line.backorder_id):",
        killer="simulation",
    ),
    Bug(
        "Every overtaking begins an order's patience anew",
        "shared/aws/allocation_store.py",
        'when="attribute_not_exists(#overtaken_at)"',
        'when="attribute_exists(pk)"',
        (_ORDERS,),
        killer="simulation",
    ),
    Bug(
        "A set leaves the house although a line of it was changed since",
        "shared/aws/fulfilment_store.py",
        '[guard] if head.shipping == "hold" else []',
        "[]",
        (_RACES,),
        killer="simulation",
    ),
    Bug(
        "A held order hands over single lines while others wait",
        "shared/fulfilment/release.py",
        'view.head.shipping == "hold" and any(line.waiting',
        'view.head.shipping == "hold" and all(line.waiting',
        (_ORDERS,),
        killer="simulation",
    ),
    Bug(
        "An order is written over one that was recorded faster",
        "shared/aws/recording_store.py",
        "[Put(head_item(order, order.lines), fresh=True)]",
        "[Put(head_item(order, order.lines))]",
        (_MEETINGS,),
    ),
    Bug(
        "An order is listed after it was recorded: a crash in between loses it from the lists",
        "shared/aws/recording_store.py",
        "            self._list(order)\n            self._record_small("
        "replace(order, counted=bool(counted)), lines, counted, writes)\n",
        "            self._record_small(replace(order, counted=bool(counted)), lines, counted, writes)\n"
        "            self._list(order)\n",
        killer="simulation",
    ),
    Bug(
        "An order is changed over a change that came in between",
        "shared/aws/changing_store.py",
        '"#version = :seen AND #state = :open"',
        '"#version >= :seen AND #state = :open"',
        killer="simulation",
    ),
    Bug(
        "A change that was cut off moves its first lines again when it is repeated",
        "shared/aws/changing_store.py",
        "[line_update(move, mark=change.mark) for move in moves]",
        "[line_update(move) for move in moves]",
        (f"{_CRASHES}::test_a_change_that_takes_several_transactions_is_finished_whoever_was_cut_off",),
    ),
    Bug(
        "Demand that moves to another rank before it was counted is counted nowhere",
        "shared/aws/rank_moves.py",
        "waiting=uncounted + sum(",
        "waiting=sum(",
        killer="simulation",
    ),
    Bug(
        "A line moves to its new rank with the units it had when it was read",
        "shared/aws/rank_moves.py",
        'conditions = [f"#{bucket} = :{bucket}" for bucket in BUCKETS]',
        'conditions = [f"(#{bucket} = :{bucket} OR #{bucket} <> :{bucket})" for bucket in BUCKETS]',
        killer="simulation",
    ),
    Bug(
        "All changes of an order within five minutes share one message, also those after its delivery",
        "functions/fan_out_changes/routing.py",
        "_TOGETHER_SECONDS = 30 ",
        "_TOGETHER_SECONDS = 300 ",
        (_ORDERS,),
        killer="simulation",
    ),
    Bug(
        "Of merged messages the later rank is kept",
        "functions/fan_out_changes/routing.py",
        '{"rank": min(ranks, default=None)}',
        '{"rank": max(ranks, default=None)}',
        (_REPLAY,),
        killer="simulation",
    ),
    Bug(
        "The outbox acknowledges changes whose messages could not be sent",
        "functions/fan_out_changes/handler.py",
        "    _send(merge(works), wired)\n",
        "    try:\n        _send(merge(works), wired)\n    except Exception:\n        pass\n",
        killer="simulation",
    ),
    Bug(
        "An order that is still being recorded is refused instead of tried again",
        "functions/record_backorders/handler.py",
        "    except InProgress:\n        raise\n",
        "",
        killer="simulation",
    ),
    Bug(
        "Untold news is forgotten before its messages are sent (acknowledged before commit)",
        "functions/chase_overdue/duties.py",
        "    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)\n"
        "    notices.forget_untold(waiting)\n",
        "    notices.forget_untold(waiting)\n"
        "    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)\n",
        killer="simulation",
    ),
)
