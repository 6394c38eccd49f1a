"""Bugs in what customers are asked and decide: consent, the page, the outcome of mails."""

from __future__ import annotations

from tests.mutants.bug import Bug

_PACKS = "tests/unit/consent"
_CONSENT = "tests/flow/test_consent.py"
_PAGE = "tests/flow/test_customer_page.py"
_OUTCOMES = "tests/flow/test_mail_outcomes.py"
_QUIET = "tests/unit/notifications/test_quiet.py"

BUGS = (
    Bug(
        "A deadline counts as passed up to thirty days before",
        "shared/consent/expire.py",
        "asked.deadline > micros(now)",
        "asked.deadline > micros(now) + 30 * 86_400_000_000",
        (f"{_CONSENT}::test_a_question_put_while_an_older_one_is_being_ended_has_its_own_deadline",),
    ),
    Bug(
        "Silence is consent to a long delay (a row of the law read wrongly)",
        "shared/consent/rules.py",
        "days is not None and days <= self.up_to_days",
        "days is None or days <= 10 * self.up_to_days",
        (_PACKS,),
    ),
    Bug(
        "A second delay is asked about like a first one",
        "shared/consent/duty.py",
        "    nth = news + _rounds(line, view)\n",
        "    nth = 1\n",
        (_PACKS,),
    ),
    Bug(
        "A date that slips moves the deadline of a question whose silence ends the order",
        "shared/consent/duty.py",
        "pack.foreseen and not stands and _worse(dates, told.now)",
        "pack.foreseen and _worse(dates, told.now)",
        (_PACKS,),
    ),
    Bug(
        "Lines whose question nobody has answered fall out of the next one",
        "shared/consent/duty.py",
        "delays = tuple(one.judged(rule) for one in late)",
        "delays = tuple(one.judged(rule) for one in late if one.news)",
        (_PACKS,),
    ),
    Bug(
        "An answer counts while what it is about is being cancelled",
        "shared/consent/answer.py",
        'last.state != "open"',
        'last.state == "superseded"',
        (f"{_PAGE}::test_an_answer_that_comes_after_the_cancelling_is_refused_and_the_page_shows_what_became_of_it",),
    ),
    Bug(
        "A line agreed to by silence is given up for another's sake",
        "shared/consent/model.py",
        "if delay.milder is None}",
        "}",
        (_PACKS,),
    ),
    Bug(
        "A deadline ends in the middle of the day that the notice names",
        "shared/consent/duty.py",
        "day = end_of_day(max(start + rule.plus_days * _DAY, _least(pack, now)))",
        "day = max(start + rule.plus_days * _DAY, _least(pack, now))",
        (_PACKS,),
    ),
    Bug(
        "A mail says that there is nothing to do while silence will cancel",
        "shared/notifications/law.py",
        "return asked if asked is not None and stands and units_in_question(asked, view.lines) else None",
        "return None",
        (f"{_CONSENT}::test_no_mail_says_that_there_is_nothing_to_do_while_silence_will_cancel",),
    ),
    Bug(
        "A question is put over an answer that came in between (a dropped condition)",
        "shared/aws/consent_items.py",
        'return Put(item, when="#version = :before", values={"before": consents.version - 1})',
        "return Put(item)",
        (f"{_PAGE}::test_an_answer_that_meets_the_next_question_counts_if_it_was_accepted",),
    ),
    Bug(
        "A form that is sent twice acts twice",
        "functions/api/customer_pages.py",
        'f"page:{choice.nonce}:{digest}"',
        'f"page:{ids.nonce()}:{digest}"',
        (f"{_PAGE}::test_a_customer_cancels_a_line_once_however_often_he_clicks",),
    ),
    Bug(
        "A form of an older page is carried out whatever has changed since",
        "shared/backorders/decide.py",
        "if_match=decision.seen,",
        "if_match=find_order(asked.backorder_id, store, asked.storefront).head.version,",
        (f"{_PAGE}::test_a_form_of_an_older_page_does_nothing_once_the_order_has_changed",),
    ),
    Bug(
        "A weaker report about a mail replaces a stronger one",
        "shared/aws/outcomes_store.py",
        "#delivery_rank < :rank",
        "#delivery_rank <> :rank",
        (f"{_OUTCOMES}::test_reports_in_any_order_and_twice_end_the_same",),
    ),
    Bug(
        "A closed mailbox is written to",
        "shared/notifications/notify.py",
        "    if closed:\n        return",
        "    if closed and not mail.to:\n        return",
        (_OUTCOMES,),
    ),
    Bug(
        "A withdrawal from the contract is confirmed with every mail that follows",
        "shared/notifications/news.py",
        "declared if declared > told.withdrawn else 0",
        "declared",
        (f"{_PAGE}::test_a_european_withdraws_and_gets_it_confirmed_with_date_and_time",),
    ),
    Bug(
        "A mail does not start the count of silent days anew",
        "shared/notifications/news.py",
        "silent = now - told.at",
        "silent = now - view.head.recorded_at",
        ("tests/unit/notifications/test_news.py",),
    ),
    Bug(
        "News that cannot wait is held with news that can",
        "shared/notifications/quiet.py",
        "not CAN_WAIT.issuperset(kinds)",
        "CAN_WAIT.isdisjoint(kinds)",
        (_QUIET,),
    ),
    Bug(
        "Quiet hours end on the merchant's clock",
        "shared/notifications/quiet.py",
        "zone_of(country, now) or settings.zone",
        "settings.zone",
        (_QUIET,),
    ),
    Bug(
        "In the hour that comes twice news is held until a time that has passed",
        "shared/notifications/quiet.py",
        "return first if first > now else second",
        "return first",
        (_QUIET,),
    ),
    Bug(
        "News that is held for the morning is not kept",
        "functions/notify_customers/handler.py",
        '    if outcome.state in {"held", "throttled"}:\n        notices.keep_untold(key, outcome.until)\n',
        "",
        ("tests/flow/test_notices.py::test_a_delay_that_is_known_at_night_is_told_in_the_morning",),
    ),
    Bug(
        "A delay that was taken back counts from its first day on",
        "shared/notifications/promptness.py",
        "            break\n",
        "            continue\n",
        ("tests/unit/notifications/test_promptness.py",),
    ),
    Bug(
        "What lies here until its parcel is complete is late by its own date",
        "shared/consent/dates.py",
        'if view.head.shipping != "hold" or not dates:',
        "if not dates or dates:",
        ("tests/flow/test_consent.py::test_what_lies_here_until_its_parcel_is_complete_is_late_when_the_parcel_is",),
    ),
    Bug(
        "An item that comes sooner is news, though its parcel leaves no sooner",
        "shared/notifications/news.py",
        "later = False if sooner == (False, False) else None",
        "later = False if sooner[0] is False else None",
        ("tests/unit/notifications/test_news.py",),
    ),
    Bug(
        "What a wrong address missed is never told at the right one",
        "shared/notifications/missed.py",
        "replace(Told() if came_back else before, revision=told.revision)",
        "told",
        ("tests/unit/notifications/test_missed.py",),
    ),
    Bug(
        "A mail that asks does not say how to answer",
        "shared/notifications/law.py",
        'how = [words("decision_needed.how")] if _rule(asked).asks else []',
        "how: list[str] = []",
        ("tests/unit/notifications/test_letters.py",),
    ),
    Bug(
        "A question stands although what it asked about comes in time",
        "shared/consent/relief.py",
        "return in_time and to_be_sent and not still_late(asked, view, law, now)",
        "return False",
        (f"{_CONSENT}::test_a_question_ends_with_its_reason_and_is_put_anew_when_that_comes_back",),
    ),
    Bug(
        "A question that came to nothing makes the next delay a second one",
        "shared/consent/duty.py",
        'if asked.state == "moot":',
        'if asked.state == "none of them":',
        ("tests/unit/consent/test_relief.py",),
    ),
    Bug(
        "A prepaid order whose payment failed is paid back",
        "functions/publish_events/translate.py",
        " and not unpaid(terms.payment) else 0",
        " else 0",
        ("tests/flow/test_payments.py::test_nothing_is_paid_back_of_a_prepaid_order_whose_payment_failed",),
    ),
    Bug(
        "What was packed and never sent is late to nobody",
        "shared/consent/dates.py",
        "    here = dict(_here(view, pack))\n",
        "    here: dict[int, Dates] = {}\n",
        ("tests/unit/consent/test_not_sent.py",),
    ),
    Bug(
        "A later date and the law's notice of it are two mails",
        "shared/notifications/notify.py",
        "until += [decided_until(view, settings, now), joined_until(news.kinds, view, settings, now)]",
        "until += [decided_until(view, settings, now)]",
        ("tests/unit/notifications/test_joined.py",),
    ),
)
