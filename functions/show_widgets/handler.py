"""A custom widget of a dashboard -> its HTML, read when it is shown; may read and nothing else."""

from __future__ import annotations

from typing import Any

from shared.aws.dead_letter_queues import DeadLetterQueues
from shared.aws.screen import TableScreen
from shared.kernel import clock
from shared.runtime import environment, telemetry
from shared.runtime.container import container
from shared.widgets.make import make_widget
from shared.widgets.render import describe


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> str:  # noqa: ARG001 - the context says nothing about the widget
    """`{"describe": true}` is answered with documentation (Markdown), all else with HTML."""
    if event.get("describe"):
        return describe()
    wired = container()
    of_work = wired.environment[environment.DEAD_LETTER_QUEUES].split()
    of_services = wired.environment[environment.DEAD_LETTER_QUEUES_OF_SERVICES].split()
    return make_widget(
        event,
        screen=TableScreen(wired.table, DeadLetterQueues(of_work, of_services)),
        now=clock.now(),
        zone=wired.settings().zone,
        redrive=wired.environment[environment.REDRIVE_FUNCTION_ARN],
    )
