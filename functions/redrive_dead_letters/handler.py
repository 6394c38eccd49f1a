"""The confirmed button of a dashboard -> SQS moves the letters of one dead-letter queue back to work."""

from __future__ import annotations

from typing import Any

from shared.aws.dead_letter_queues import DeadLetterQueues
from shared.kernel.errors import Conflict
from shared.runtime import environment, telemetry
from shared.runtime.container import container
from shared.widgets.redrive import redrive
from shared.widgets.render import describe, render


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> str:  # noqa: ARG001 - the context says nothing about the queue
    """`{"queue": "tally-demand-dead"}` is answered with HTML that says what was done."""
    if event.get("describe"):
        return describe()
    queues = DeadLetterQueues(container().environment[environment.DEAD_LETTER_QUEUES].split())
    try:
        done = redrive(event, graveyard=queues)
    except Conflict as error:
        return render("refused", {"errors": [str(error)]})
    if done.queue is not None:
        telemetry.log("dead_letters_redriven", queue=done.queue, count=done.letters)
    return done.html
