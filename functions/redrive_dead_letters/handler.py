"""The confirmed button of a dashboard -> SQS moves the letters of one dead-letter queue back to work."""

from __future__ import annotations

from typing import Any

from shared.aws.dead_letter_queues import DeadLetterQueues
from shared.aws.trail_store import TableTrail
from shared.kernel import clock, ids
from shared.kernel.errors import Conflict
from shared.runtime import environment, telemetry
from shared.runtime.container import container
from shared.trail.model import Action
from shared.widgets.redrive import redrive
from shared.widgets.render import describe, render

_ACTOR = "dashboard"
"""CloudWatch does not tell who pressed: CloudTrail's record of the invocation does."""


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> str:  # noqa: ARG001 - the context says nothing about the queue
    """`{"queue": "tally-demand-dead"}` is answered with HTML that says what was done."""
    if event.get("describe"):
        return describe()
    queues = DeadLetterQueues(container().environment[environment.DEAD_LETTER_QUEUES].split())
    try:
        done = redrive(event, graveyard=queues, note=_note)
    except Conflict as error:
        return render("refused", {"errors": [str(error)]})
    if done.queue is not None:
        telemetry.log("dead_letters_redriven", queue=done.queue, count=done.letters)
    return done.html


def _note(queue: str, letters: int, reason: str) -> None:
    at = clock.micros(clock.now())
    action = Action(at, ids.digest(queue), _ACTOR, "redrive", queue, reason, {"letters": letters})
    TableTrail(container().table).note(action)
