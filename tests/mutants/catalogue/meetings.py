"""Bugs that show only in the middle of something: two at once, a worker cut off, a message that comes late."""

from __future__ import annotations

from tests.mutants.bug import Bug

_CHANGES = "tests/flow/test_changes.py"
_CRASHES = "tests/flow/test_crashes.py"
_MEETINGS = "tests/flow/test_meetings.py"
_RACES = "tests/flow/test_races.py"
_SUPPLY = "tests/flow/test_supply.py"

BUGS = (
    Bug(
        "A line takes its part although it was marked as having missed it",
        "shared/aws/hand_outs.py",
        "        if line is None or out.missed in line.did:\n            return False\n",
        "        if line is None:\n            return False\n",
        (
            f"{_RACES}::test_a_hand_out_that_a_line_has_missed_is_ended_by_the_next_worker_wherever_the_first_was_cut_off",
        ),
    ),
    Bug(
        "A part of a large order is counted by everybody who comes by",
        "shared/aws/demand_store.py",
        'when="#counted = :no"',
        'when="#counted = :no OR #counted <> :no"',
        (f"{_MEETINGS}::test_two_workers_at_once_count_a_part_of_a_large_order_once",),
    ),
    Bug(
        "Lines of a large order are served before the order is there",
        "shared/aws/allocation_store.py",
        "if not line.part or self.is_visible(line.backorder_id):",
        "if line or self.is_visible(line.backorder_id):",
        (f"{_MEETINGS}::test_units_that_come_while_a_large_order_is_being_recorded_stay_free_until_it_is_there",),
    ),
    Bug(
        "An order is written over one that was recorded faster",
        "shared/aws/recording_store.py",
        "[Put(head_item(order, order.lines), fresh=True)]",
        "[Put(head_item(order, order.lines))]",
        (f"{_MEETINGS}::test_an_order_asked_for_twice_at_once_a_moment_apart_is_recorded_once",),
    ),
    Bug(
        "An order is listed after it was recorded: a crash in between loses it from the lists",
        "shared/aws/recording_store.py",
        "            self._list(order)\n            self._record_small("
        "replace(order, counted=bool(counted)), lines, counted, writes)\n",
        "            self._record_small(replace(order, counted=bool(counted)), lines, counted, writes)\n"
        "            self._list(order)\n",
        (f"{_CRASHES}::test_whatever_call_goes_wrong_a_repeat_ends_in_the_same_state[shelf-record early]",),
    ),
    Bug(
        "An order is changed over a change that came in between",
        "shared/aws/changing_store.py",
        '"#version = :seen AND #state = :open"',
        '"#version >= :seen AND #state = :open"',
        (f"{_CHANGES}::test_of_two_changes_of_what_was_seen_that_meet_one_is_made_and_the_other_told_so",),
    ),
    Bug(
        "A change that was cut off moves its first lines again when it is repeated",
        "shared/aws/changing_store.py",
        "line_update(move, when=when, values=values, mark=change.mark)",
        "line_update(move, when=when, values=values)",
        (f"{_CHANGES}::test_a_unit_each_of_many_lines_is_cancelled_once_wherever_the_cancellation_was_cut_off",),
    ),
    Bug(
        "Demand that moves to another rank before it was counted is counted nowhere",
        "shared/aws/rank_moves.py",
        "waiting=uncounted + sum(",
        "waiting=sum(",
        (f"{_MEETINGS}::test_a_line_that_moves_while_the_end_of_its_queue_is_counted_counts_once",),
    ),
    Bug(
        "A line moves to its new rank with the units it had when it was read",
        "shared/aws/rank_moves.py",
        'conditions = [f"#{bucket} = :{bucket}" for bucket in BUCKETS]',
        'conditions = [f"(#{bucket} = :{bucket} OR #{bucket} <> :{bucket})" for bucket in BUCKETS]',
        (f"{_MEETINGS}::test_a_line_that_is_served_in_the_middle_of_its_move_keeps_what_it_got",),
    ),
    Bug(
        "All changes of an order within five minutes share one message, also those after its delivery",
        "functions/fan_out_changes/routing.py",
        "_TOGETHER_SECONDS = 30 ",
        "_TOGETHER_SECONDS = 300 ",
        ("tests/flow/test_orders.py::test_a_recalled_release_returns_to_allocated_until_the_order_is_set_back",),
    ),
    Bug(
        "Of merged messages the later rank is kept",
        "functions/fan_out_changes/routing.py",
        '{"rank": min(ranks, default=None)}',
        '{"rank": max(ranks, default=None)}',
        ("tests/functions/test_routing.py",),
    ),
    Bug(
        "The outbox acknowledges changes whose messages could not be sent",
        "functions/fan_out_changes/handler.py",
        "    _send(merge(works), wired)\n",
        "    try:\n        _send(merge(works), wired)\n    except Exception:\n        pass\n",
        (f"{_CRASHES}::test_whatever_call_goes_wrong_a_repeat_ends_in_the_same_state[large-record 101]",),
    ),
    Bug(
        "An order that is still being recorded is refused instead of tried again",
        "functions/record_backorders/handler.py",
        "    except InProgress:\n        raise\n",
        "",
        (f"{_SUPPLY}::test_a_bulk_order_whose_recording_has_begun_is_tried_again_and_not_refused",),
    ),
    Bug(
        "Untold news is forgotten before its messages are sent (acknowledged before commit)",
        "functions/chase_overdue/duties.py",
        "    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)\n"
        "    notices.forget_untold(waiting)\n",
        "    notices.forget_untold(waiting)\n"
        "    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)\n",
        (f"{_SUPPLY}::test_news_that_waited_is_told_wherever_the_one_who_remembers_it_was_cut_off",),
    ),
)
