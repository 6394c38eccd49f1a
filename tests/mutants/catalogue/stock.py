"""Bugs in what counts units: counters, hand-outs, demand, corrections, receipts, the table itself."""

from __future__ import annotations

from tests.mutants.bug import Bug

_ORDERS = "tests/flow/test_orders.py"
_RACES = "tests/flow/test_races.py"
_MEETINGS = "tests/flow/test_meetings.py"
_TALLY = "tests/unit/inventory/test_tally.py"
_RECEIVE = "tests/unit/receiving/test_receive.py"
_LOSS = f"{_ORDERS}::test_a_loss_takes_from_the_back_of_the_queue"

BUGS = (
    Bug(
        "What is short counts who waits and forgets what is free",
        "shared/aws/stock_items.py",
        '"short": waiting - free, "received"',
        '"short": waiting, "received"',
        (_ORDERS,),
    ),
    Bug(
        "Units are taken from free without asking whether they are there (a dropped condition)",
        "shared/aws/stock_items.py",
        "    if free < 0:\n",
        "    if free < -(10**9):\n",
        (_MEETINGS,),
    ),
    Bug(
        "A hand-out begins on counters that have begun others since they were read",
        "shared/aws/hand_outs.py",
        "AND #handings = :seen AND attribute_not_exists(#hand_out)",
        "AND #handings >= :seen",
        (_MEETINGS,),
    ),
    Bug(
        "What a line missed goes back to free but its demand does not come back",
        "shared/aws/hand_outs.py",
        "        free=units,\n        waiting=units,\n",
        "        free=units,\n",
        (_RACES,),
    ),
    Bug(
        "A line that took its part before a crash counts as having missed it",
        "shared/aws/hand_outs.py",
        "        if out.taken in line.did:\n            return True\n",
        "        if out.taken in line.did:\n            return False\n",
        (_MEETINGS,),
    ),
    Bug(
        "A line counted one by one is counted again with those behind it",
        "shared/inventory/tally.py",
        "fresh = sorted(place for place in tail if place not in stock.singles)",
        "fresh = sorted(tail)",
        (_TALLY,),
    ),
    Bug(
        "Lines named as counted are forgotten before the rank has passed them",
        "shared/inventory/tally.py",
        "kept = {place for place in stock.singles if place[0] >= counted_to}",
        "kept = {place for place in stock.singles if place[0] >= 2 * counted_to}",
        (_TALLY,),
    ),
    Bug(
        "A line exactly at the counted rank is counted with both sides of it (off by one)",
        "shared/inventory/tally.py",
        "settled = [place for place in fresh if place[0] < counted_to]",
        "settled = [place for place in fresh if place[0] <= counted_to]",
        (_TALLY,),
    ),
    Bug(
        "Two counts of the same end of a queue both count",
        "shared/aws/demand_store.py",
        'when="#tallies = :seen AND "',
        'when="#tallies >= :seen AND "',
        (_MEETINGS,),
    ),
    Bug(
        "The backorder limit is not a condition of the write",
        "shared/aws/recording_store.py",
        "    if demand.limit is not None:\n        when +=",
        "    if demand.limit is not None and demand.limit < 0:\n        when +=",
        (_ORDERS,),
    ),
    Bug(
        "The backorder limit lets one unit more through (off by one)",
        "shared/aws/recording_store.py",
        'values["room"] = demand.limit - demand.units',
        'values["room"] = demand.limit - demand.units + 1',
        (_ORDERS,),
    ),
    Bug(
        "A loss takes allocated units from the front of the queue",
        "shared/aws/correction_store.py",
        'values={"none": 0}, backwards=True)',
        'values={"none": 0}, backwards=False)',
        (_LOSS,),
    ),
    Bug(
        "Units a loss takes from orders do not wait again in the counters",
        "shared/aws/correction_store.py",
        "            waiting=result.deallocated,\n",
        "",
        (_LOSS,),
    ),
    Bug(
        "A correction sent twice at once is posted twice",
        "shared/aws/correction_store.py",
        "Put(document, fresh=True), Put(entry, fresh=True), self._counters",
        "Put(document), Put(entry), self._counters",
        (_MEETINGS,),
    ),
    Bug(
        "A correction is refused by what it read although its twin has been posted meanwhile",
        "shared/inventory/correct.py",
        "if store.posted(command.correction_id) is None:",
        "if True:",
        (f"{_MEETINGS}::test_a_loss_that_comes_twice_is_not_refused_once_it_was_posted",),
    ),
    Bug(
        "A line that is counted where it moves to is counted again by a tally that saw it where it was",
        "shared/aws/rank_moves.py",
        'named |= {"tallies": stock.tallies + 1, ',
        "named |= {",
        (f"{_MEETINGS}::test_a_line_that_moves_while_the_end_of_its_queue_is_counted_counts_once",),
    ),
    Bug(
        "The queue head moves over a line that came to an early place since the queue was read",
        "shared/aws/hand_outs.py",
        'NO_EARLIER = "#tallies = :tallies"',
        'NO_EARLIER = "#tallies >= :tallies"',
        (f"{_MEETINGS}::test_a_place_taken_in_the_middle_of_the_first_allocation_is_not_passed",),
    ),
    Bug(
        "A cancellation that comes twice at once is refused because of what its twin did",
        "shared/backorders/change.py",
        "            if asked.mark not in find_order(",
        "            if asked.mark or asked.mark not in find_order(",
        (f"{_MEETINGS}::test_a_request_that_comes_again_while_it_runs_counts_once",),
    ),
    Bug(
        "A count forgets that released units still lie on the shelf",
        "shared/inventory/correct.py",
        "(stock.free + allocated + released)",
        "(stock.free + allocated)",
        (f"{_ORDERS}::test_what_is_released_still_lies_on_the_shelf_when_it_is_counted",),
    ),
    Bug(
        "A receipt's units are added by every try (an addition without its condition)",
        "shared/aws/receiving_store.py",
        '"actor": receipt.actor,\n    }\n    return Put(entry, fresh=True)',
        '"actor": receipt.actor,\n    }\n    return Put(entry)',
        (_RECEIVE,),
    ),
    Bug(
        "Goods received become free but are not counted as received",
        "shared/aws/receiving_store.py",
        "free=units, received=units)",
        "free=units)",
        (_RECEIVE,),
    ),
    Bug(
        "Over-delivery fills more than was open",
        "shared/purchasing/lines.py",
        "applied = min(units, self.open)",
        "applied = units",
        (_RECEIVE, "tests/unit/purchasing/test_order_lines.py"),
    ),
    Bug(
        "A correction of unknown content under a known id is taken for a repeat",
        "shared/inventory/correct.py",
        "    if posted.digest != command.digest:\n",
        "    if posted.digest != command.digest and same_key:\n",
        (
            "tests/functions/test_bad_input.py::test_bad_input_is_refused_by_name_and_leaves_no_trace[correct: other content]",
        ),
    ),
)
