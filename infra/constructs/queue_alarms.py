"""Alarms on queues: what was given up, and what waits too long."""

from __future__ import annotations

from aws_cdk import aws_sqs as sqs

from infra.constructs.alarms import FIVE_MINUTES, MINUTE, Alarms, Meaning, Severity
from infra.constructs.naming import construct_id

_URGENT = {"record-backorders", "allocate-stock", "fan-out-changes", "schedules"}


def dead_letters(alarms: Alarms, name: str, queue: sqs.Queue, impact: str) -> None:
    """One message is enough: it was given up, and nothing will take it up again by itself."""
    alarms.when(
        construct_id(name.removesuffix("-dead")) + "DeadLetters",
        queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum"),
        Meaning(
            f"Given up after every retry: {impact} What and why shows `make dead-letters "
            f'ARGS="list --stack {alarms.options.stack_name}"`; docs/dead-letters.md says what to do about {name}.',
            "dead-letters",
            _urgency(name.removesuffix("-dead")),
        ),
        above=0,
        periods=(1, 2),
    )


def waits_too_long(alarms: Alarms, name: str, queue: sqs.IQueue, *, minutes: int, impact: str) -> None:
    """Work lies in a queue although nothing failed: too few at once, or throttled."""
    alarms.when(
        construct_id(name) + "Waiting",
        queue.metric_approximate_age_of_oldest_message(period=FIVE_MINUTES, statistic="Maximum"),
        Meaning(
            f"Late by more than {minutes} min: {impact} Look at errors and throttles of the function that works "
            f"on {name}; raise its concurrency if it is healthy.",
            "queue-waiting",
            _urgency(name),
        ),
        above=minutes * 60,
        periods=(3, 5),
    )


def _urgency(name: str) -> Severity:
    return "page" if name in _URGENT else "ticket"
