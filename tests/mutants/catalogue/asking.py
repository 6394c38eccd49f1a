"""Bugs in what is told to those who only asked, and in what is offered with an apology."""

from __future__ import annotations

from tests.mutants.bug import Bug

_TELL = "tests/unit/subscriptions/test_tell.py"
_ASK = "tests/flow/test_subscriptions.py"
_REMEDIES = "tests/flow/test_remedies.py"

BUGS = (
    Bug(
        "Whoever left by a slow clock has not left",
        "shared/subscriptions/model.py",
        "return self.mark != subscription.after",
        "return self.mark != subscription.after and self.at >= subscription.subscribed_at",
        (f"{_ASK}::test_who_leaves_has_left_whatever_the_clocks_show",),
    ),
    Bug(
        "Whom the index does not show yet is forgotten",
        "shared/subscriptions/tell.py",
        "if asked and self._round.mails",
        "if asked and self._asleep and self._round.mails",
        ("tests/unit/subscriptions/test_tell.py",),
    ),
    Bug(
        "A unit that comes back from a hand-out is announced to nobody",
        "functions/fan_out_changes/routing.py",
        "_spare(change.after) > _spare(change.before)",
        'change.after("short", 0) < min(0, change.before("short", 0))',
        ("tests/replay/test_events.py",),
    ),
    Bug(
        "Who asked last is told first",
        "shared/aws/keys.py",
        '{"gsi1pk": subscribers(sku_), "gsi1sk": f"{place:017d}#{recipient}"}',
        '{"gsi1pk": subscribers(sku_), "gsi1sk": f"{10**17 - 1 - place:017d}#{recipient}"}',
        (_TELL,),
    ),
    Bug(
        "A claim does not need that somebody still waits (a dropped condition)",
        "shared/aws/telling_store.py",
        'when="#state = :waiting AND #subscribed_at = :seen"',
        'when="#state <> :waiting OR #subscribed_at = :seen"',
        (f"{_TELL}::test_who_leaves_while_his_mail_is_written_gets_none",),
    ),
    Bug(
        "The mails of a round are not counted against each other (a dropped condition)",
        "shared/aws/telling_store.py",
        'return Put(item, when="#version = :seen", values={"seen": before.version})',
        "return Put(item)",
        (f"{_TELL}::test_a_claim_needs_the_round_that_it_read",),
    ),
    Bug(
        "A round never ends",
        "shared/subscriptions/tell.py",
        "micros(teller.now) >= self._round.ends",
        "micros(teller.now) >= 2 * self._round.ends",
        (_TELL,),
    ),
    Bug(
        "A mail that was refused keeps its place before all others",
        "shared/aws/telling_store.py",
        "keys.waiting_subscriber(sku, at, recipient)",
        "keys.waiting_subscriber(sku, subscription.place, recipient)",
        (f"{_TELL}::test_a_mail_that_is_refused_is_sent_later_and_does_not_keep_the_others_waiting",),
    ),
    Bug(
        "A mail that was refused still counts",
        "shared/subscriptions/tell.py",
        "self._round = self._next(-1)",
        "self._round = self._next(0)",
        (f"{_TELL}::test_a_mail_that_is_refused_does_not_use_up_what_others_may_hear",),
    ),
    Bug(
        "Upper case makes another subscriber",
        "shared/notifications/ports.py",
        "ids.digest(address.lower())",
        "ids.digest(address)",
        (f"{_ASK}::test_the_same_mailbox_subscribes_once_whatever_its_case",),
    ),
    Bug(
        "Units that waiting lines need are announced",
        "shared/aws/telling_store.py",
        "wanted += max(0, line.waiting - coming.get(line.sort_key, 0))",
        "wanted += 0",
        ("tests/unit/subscriptions/test_shelf.py",),
    ),
    Bug(
        "Who has left for one item still hears of the others",
        "shared/subscriptions/tell.py",
        "or listener.has_left",
        "or (listener.has_left and not subscription.sku)",
        (f"{_ASK}::test_one_click_in_the_mail_program_ends_all_of_it",),
    ),
    Bug(
        "A closed mailbox hears that an item is there",
        "shared/subscriptions/tell.py",
        "if listener.closed:",
        "if listener.closed and not subscription.sku:",
        (f"{_ASK}::test_a_closed_mailbox_is_not_written_to",),
    ),
    Bug(
        "The address is kept when all is said",
        "shared/aws/subscription_store.py",
        'remove=(*_INDEX, "email"),',
        "remove=_INDEX,",
        (f"{_TELL}::test_the_address_is_forgotten_with_the_outcome",),
    ),
    Bug(
        "Who sleeps loses his place",
        "shared/subscriptions/tell.py",
        "self._asleep += 1",
        "self._asleep += 0",
        (f"{_ASK}::test_who_sleeps_keeps_his_place_until_the_morning",),
    ),
    Bug(
        "The month's budget is passed when two accept at once (a dropped condition)",
        "shared/aws/remedy_store.py",
        "attribute_not_exists(#spent) OR #spent <= :room",
        "attribute_not_exists(#spent) OR #spent <= :room OR #spent > :room",
        (f"{_REMEDIES}::test_the_last_of_the_budget_goes_to_one_of_two_at_the_same_moment",),
    ),
    Bug(
        "A customer gets every remedy there is",
        "shared/aws/remedy_store.py",
        "attribute_not_exists(#accepted) OR #accepted < :cap",
        "attribute_not_exists(#accepted) OR #accepted <> :cap OR #accepted = :cap",
        (f"{_REMEDIES}::test_a_customer_gets_no_more_than_his_share",),
    ),
    Bug(
        "An order gets a second remedy",
        "shared/remedies/model.py",
        "APOLOGISES.isdisjoint(told) or accepted(view.head, settings) is not None",
        "APOLOGISES.isdisjoint(told)",
        (f"{_REMEDIES}::test_a_second_click_and_a_second_remedy_change_nothing",),
    ),
    Bug(
        "A remedy is accepted by who was told nothing",
        "shared/remedies/model.py",
        "not waits or APOLOGISES.isdisjoint(told)",
        "not waits",
        (f"{_REMEDIES}::test_who_was_not_told_of_a_later_date_is_offered_nothing",),
    ),
)
