"""Dead-letter queues: how much lies in each, and the way back that SQS itself offers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from botocore.exceptions import ClientError

from shared.aws.clients import client
from shared.kernel.errors import Conflict
from shared.widgets.ports import DeadLetters

_COUNT = "ApproximateNumberOfMessages"
_DEAD = re.compile(r"-dead(\.fifo)?$")
_MOVING = frozenset({"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"})


class DeadLetterQueues:
    """Graveyard over SQS. `of_work` are URLs of queues whose letters came from a work queue; into `of_services` a
    service wrote by itself, and SQS knows no way back from there."""

    def __init__(self, of_work: Sequence[str], of_services: Sequence[str] = ()) -> None:
        self._of_work = {_name(url): url for url in of_work}
        self._of_services = {_name(url): url for url in of_services}

    @property
    def names(self) -> list[str]:
        return list(self._of_work)

    def counts(self) -> list[DeadLetters]:
        """Every queue, one call each; SQS counts approximately."""
        return [
            DeadLetters(name, int(_attributes(url)[_COUNT]), can_go_back=name in self._of_work)
            for name, url in {**self._of_work, **self._of_services}.items()
        ]

    def redrive(self, queue: str, note: Callable[[int], None]) -> int:
        found = _attributes(self._of_work[queue])
        letters = int(found[_COUNT])
        if letters:
            note(letters)
            try:
                dead = found["QueueArn"]
                # Named, because a letter that the event bus put there by itself comes from no queue.
                client("sqs", attempts=1).start_message_move_task(SourceArn=dead, DestinationArn=_work_of(dead))
            except ClientError as error:
                if error.response["Error"]["Code"] in _MOVING:
                    raise Conflict(f"{queue} is being emptied already") from error
                raise
        return letters


def _attributes(url: str) -> dict[str, str]:
    answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", _COUNT])
    found: dict[str, str] = answer["Attributes"]
    return found


def _work_of(dead_arn: str) -> str:
    """The queue whose letters end on this one, by its name."""
    return _DEAD.sub(r"\1", dead_arn)


def _name(url: str) -> str:
    return url.rsplit("/", 1)[-1]
