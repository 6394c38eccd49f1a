"""Bugs in what follows for others: webhooks, people who wait for an item, remedies, and what SES reports."""

from __future__ import annotations

from tests.mutants.bug import Bug

_SIMULATION = "tests/simulation/test_simulation.py"
_FOLLOWS = f"{_SIMULATION}::test_what_follows_for_others_from_what_has_happened_before_breaks_nothing"
_LISTENING = (f"{_FOLLOWS}[somebody listens]",)
_WAITING = (f"{_FOLLOWS}[people wait to hear]",)
_SORRY = (f"{_FOLLOWS}[goods come later]",)
_SEEDS = (f"{_SIMULATION}::test_without_the_wire_a_share_of_the_seeds_breaks_nothing_either",)

BUGS = (
    Bug(
        "A delivery whose message comes twice is made twice",
        "shared/webhooks/deliver.py",
        "delivery.event_key) > delivery.tries:",
        "delivery.event_key) > delivery.tries + 1:",
        _LISTENING,
    ),
    Bug(
        "A webhook whose endpoint is gone for good is sent on",
        "shared/webhooks/deliver.py",
        "            self._disable(webhook)\n",
        "",
        _LISTENING,
    ),
    Bug(
        "A delivery that failed is not tried again",
        "shared/webhooks/deliver.py",
        "            self.later(replace(delivery, tries=ended.tries, due=ended.due))\n",
        "            pass\n",
        _LISTENING,
    ),
    Bug(
        "A delivery that waits long is in nobody's list",
        "shared/aws/deliveries_store.py",
        " if record.waits_here else {}",
        " if record.waits_here and not record.tries else {}",
        ("tests/flow/test_webhooks.py::test_a_receiver_that_is_down_for_a_day_gets_the_event_once_afterwards",),
    ),
    Bug(
        "A mail to a subscriber that may have been sent is sent again",
        "shared/subscriptions/tell.py",
        '            state = "unknown"\n',
        "            self._of.store.give_back(subscription, claimed, self._round, at)\n            return True\n",
        _WAITING,
    ),
    Bug(
        "Whoever leaves is forgotten to have left",
        "shared/subscriptions/subscribe.py",
        "    store.leave(recipient, Leaving(mark, micros(now)))\n",
        "",
        _WAITING,
    ),
    Bug(
        "A remedy costs the budget nothing",
        "shared/aws/remedy_store.py",
        'plus={"spent": spending.cost, "accepted": 1}',
        'plus={"spent": 0, "accepted": 1}',
        _SORRY,
    ),
    Bug(
        "A complaint closes no mailbox",
        "shared/notifications/outcomes.py",
        "    if report.lasting:\n",
        '    if report.lasting and report.delivery != "complained":\n',
        _SEEDS,
    ),
    Bug(
        "The door finds no webhook whose id holds a slash",
        "shared/runtime/http_door.py",
        '("|id" if path.startswith("/v1/webhooks/") else "")',
        '""',
        ("tests/flow/test_webhooks.py::test_a_webhooks_id_may_hold_any_printable_character_a_slash_too",),
    ),
    Bug(
        "Nothing looks wrong with what is not there",
        "shared/audit/walk.py",
        "    if not items:\n",
        "    if items is None:\n",
        ("tests/flow/test_audit.py::test_what_is_not_there_has_no_books_to_be_right",),
    ),
)
