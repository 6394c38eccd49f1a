"""The answers of the three commands, as JSON data; `text` shows them to people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from infra.operator.dead_letters.advice import advice, forgotten_at, purpose
from infra.operator.dead_letters.failures import Failure, document, failure_of
from infra.operator.dead_letters.model import DeadQueue, Letter, Place, Trouble

Json = dict[str, Any]

_BURIED_AFTER = timedelta(days=1)
"""More than the tries of a message take. A FIFO queue that buries a message says of it that it was sent then."""


def listing(place: Place, show: int) -> Json:
    """Every queue with its count and age, and the reason of its `show` oldest letters."""
    return {"place": place.name, "queues": [_queue(place, queue, show) for queue in place.queues()]}


def explanation(place: Place, message_id: str) -> Json:
    """All that can be said about one letter. Raises Trouble if it lies nowhere."""
    for queue in place.queues():
        for letter in place.letters(queue) if queue.count else ():
            if letter.message_id == message_id:
                return _explained(place, queue, letter)
    raise Trouble(f"no dead letter {message_id}: `list` names those there are (a redriven one has a new id)")


def redriven(place: Place, name: str, only: Collection[str], rate: int | None, *, reason: str | None) -> Json:
    """Send letters back to their work queue, or without a `reason` say which would go.

    The trail of actions has it first: what could not be noted does not move.
    Raises Trouble if nothing leads back, or if there is nothing to send.
    """
    queue = find(place.queues(), name)
    if queue.source is None:
        raise Trouble(f"{queue.name}: nothing leads back from here. `explain` says how the work of a letter comes back")
    if not queue.count:
        raise Trouble(f"{queue.name} is empty")
    dry_run = reason is None
    answer: Json = {"place": place.name, "queue": queue.name, "to": queue.source, "dry_run": dry_run}
    if dry_run or only:
        answer["letters"] = [_brief(place, queue, letter) for letter in _chosen(place.letters(queue), only, queue)]
    answer["count"] = len(only) or queue.count
    if reason is not None:
        place.note(queue, only, reason)
        answer["count"] = place.redrive(queue, only, rate)
        if answer["count"] < len(only):
            raise Trouble(f"only {answer['count']} of {len(only)} went: somebody else has the others, or they are gone")
    return answer


def _chosen(letters: list[Letter], only: Collection[str], queue: DeadQueue) -> list[Letter]:
    if missing := set(only) - {letter.message_id for letter in letters}:
        raise Trouble(f"not on {queue.name}: {', '.join(sorted(missing))}")
    return [letter for letter in letters if not only or letter.message_id in only]


def find(queues: list[DeadQueue], name: str) -> DeadQueue:
    """The dead-letter queue of this name, or that of the work queue of this name."""
    for queue in queues:
        names = {queue.name, queue.source, queue.name.removesuffix(".fifo"), (queue.source or "").removesuffix(".fifo")}
        if name and name in names:
            return queue
    raise Trouble(f"no dead-letter queue {name}; there are {', '.join(queue.name for queue in queues)}")


def _queue(place: Place, queue: DeadQueue, show: int) -> Json:
    letters = place.letters(queue) if queue.count else []
    answer: Json = {"queue": queue.name, "source": queue.source, "count": queue.count}
    if letters:
        answer |= {
            "oldest_sent_at": letters[0].sent_at.isoformat(),
            "oldest_age_seconds": round((place.now() - letters[0].sent_at).total_seconds()),
            "oldest_forgotten_at": forgotten_at(letters[0], queue).isoformat(),
        }
    return answer | {"letters": [_brief(place, queue, letter) for letter in letters[:show]]}


def _failure(place: Place, queue: DeadQueue, letter: Letter) -> Failure:
    if queue.function is None:
        return failure_of(letter, [])
    try:
        return failure_of(letter, place.log(queue.function, letter.message_id, letter.sent_at - _BURIED_AFTER))
    except Trouble as trouble:
        return Failure(f"the log cannot be read: {trouble}")


def _brief(place: Place, queue: DeadQueue, letter: Letter) -> Json:
    failure = _failure(place, queue, letter)
    return {
        "message_id": letter.message_id,
        "sent_at": letter.sent_at.isoformat(),
        "reason": failure.reason,
        "trace_id": failure.trace_id,
    }


def _explained(place: Place, queue: DeadQueue, letter: Letter) -> Json:
    failure = _failure(place, queue, letter)
    body = document(letter.body)
    return {
        "place": place.name,
        "queue": queue.name,
        "source": queue.source,
        "message_id": letter.message_id,
        "group": letter.group,
        "sent_at": letter.sent_at.isoformat(),
        "forgotten_at": forgotten_at(letter, queue).isoformat(),
        "body": letter.body if body is None else body,
        "does": purpose(queue.name),
        "attempts": queue.tries or failure.attempt,
        "reason": failure.reason,
        "trace_id": failure.trace_id,
        "log": place.log_question(queue.function, failure.trace_id or letter.message_id) if queue.function else None,
        "todo": advice(letter, queue, failure),
    }
