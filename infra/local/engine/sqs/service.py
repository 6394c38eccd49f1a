"""The operations of SQS on queues made from the template."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from infra.local.engine.service import Answer, Clock, Operation, Params, Service, refuse_unknown
from infra.local.engine.sqs import answers, batches, errors
from infra.local.engine.sqs.messages import Counts, Message
from infra.local.engine.sqs.queue import Queue
from infra.local.engine.sqs.sending import SEND_MEMBERS, new_message, sent
from infra.local.engine.sqs.settings import QueueSettings

_MAX_VISIBILITY = 43_200
_MAX_RECEIVE = 10
_PURGE_INTERVAL = timedelta(seconds=60)
_RECEIVE_MEMBERS = frozenset(
    {
        "QueueUrl",
        "AttributeNames",
        "MessageSystemAttributeNames",
        "MessageAttributeNames",
        "MaxNumberOfMessages",
        "VisibilityTimeout",
        "WaitTimeSeconds",
        "ReceiveRequestAttemptId",
    }
)


class Sqs(Service):
    """Queues of the account. Long polling answers at once: virtual time does not pass while waiting."""

    name = "sqs"

    def __init__(self, clock: Clock, account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._queues: dict[str, Queue] = {}
        self._purged_at: dict[str, datetime] = {}
        self._operations: dict[str, Operation] = {
            "SendMessage": self._send_message,
            "SendMessageBatch": self._send_message_batch,
            "ReceiveMessage": self._receive_message,
            "DeleteMessage": self._delete_message,
            "DeleteMessageBatch": self._delete_message_batch,
            "ChangeMessageVisibility": self._change_visibility,
            "ChangeMessageVisibilityBatch": self._change_visibility_batch,
            "GetQueueAttributes": self._get_queue_attributes,
            "GetQueueUrl": self._get_queue_url,
            "ListQueues": self._list_queues,
            "PurgeQueue": self._purge_queue,
            "StartMessageMoveTask": self._start_message_move_task,
        }

    def operations(self) -> Mapping[str, Operation]:
        return self._operations

    def create_queue(self, name: str, properties: Mapping[str, Any]) -> str:
        """Create a queue from resolved AWS::SQS::Queue properties and return its URL. The dead-letter queue
        it names may be created later; ValueError for a name in use."""
        if name in self._queues:
            raise ValueError(f"queue {name} exists already")
        settings = QueueSettings.of(name, properties)
        self._queues[name] = Queue(
            name, self.url(name), self.arn(name), settings, self.clock, partial(self._dead_letter, self.arn(name))
        )
        return self.url(name)

    def queue(self, name: str) -> Queue:
        """The queue of this name; KeyError if there is none."""
        return self._queues[name]

    def queues(self) -> Iterable[Queue]:
        """All queues in the order they were created."""
        return tuple(self._queues.values())

    def arn(self, name: str) -> str:
        """ARN of a queue."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{name}"

    def url(self, name: str) -> str:
        """URL of a queue."""
        return f"https://sqs.{self.region}.amazonaws.com/{self.account}/{name}"

    def name_of(self, url_or_arn: str) -> str:
        """Queue name in a URL or an ARN."""
        return url_or_arn.rsplit(":" if url_or_arn.startswith("arn:") else "/", 1)[-1]

    def counts(self) -> dict[str, Counts]:
        """Messages by state of every queue."""
        return {name: queue.counts() for name, queue in self._queues.items()}

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which a delayed or invisible message of any queue becomes visible."""
        instants = [queue.next_due(now) for queue in self._queues.values()]
        return min((instant for instant in instants if instant is not None), default=None)

    def _find(self, params: Params) -> Queue:
        url = params.get("QueueUrl")
        if not url:
            raise errors.missing_parameter("QueueUrl")
        queue = self._queues.get(self.name_of(url))
        if queue is None or queue.url != url:
            raise errors.queue_does_not_exist()
        return queue

    def _dead_letter(self, source_arn: str, target_arn: str, message: Message) -> None:
        """Move a message that was received too often, keeping its identity and receive count."""
        target = self._queues[self.name_of(target_arn)]
        now = self.clock()
        buried = replace(
            message,
            system=message.system | {"DeadLetterQueueSourceArn": source_arn},
            sent_at=now if target.fifo else message.sent_at,
            visible_at=now,
            receipt=None,
            in_flight=False,
            gone=False,
        )
        target.put(buried, deduplicate=False)

    def _send_message(self, params: Params) -> Answer:
        refuse_unknown("SendMessage", params, SEND_MEMBERS | {"QueueUrl"})
        queue = self._find(params)
        return self._send(queue, params)

    def _send(self, queue: Queue, entry: Params) -> Answer:
        message = new_message(queue, entry, self.issue_uuid(), self.clock())
        return sent(message, queue.put(message))

    def _send_message_batch(self, params: Params) -> Answer:
        queue = self._find(params)
        entries = batches.checked(params, "SendMessageBatchRequestEntry", SEND_MEMBERS)
        batches.check_total_size(entries)
        return batches.each(entries, lambda entry: self._send(queue, entry))

    def _receive_message(self, params: Params) -> Answer:
        refuse_unknown("ReceiveMessage", params, _RECEIVE_MEMBERS)
        queue = self._find(params)
        limit = _bounded(params, "MaxNumberOfMessages", 1, 1, _MAX_RECEIVE)
        _bounded(params, "WaitTimeSeconds", 0, 0, 20)
        default = round(queue.settings.visibility.total_seconds())
        visibility = _bounded(params, "VisibilityTimeout", default, 0, _MAX_VISIBILITY)
        messages = queue.receive(limit, timedelta(seconds=visibility))
        if not messages:
            return {}
        return {"Messages": [answers.received(message, params, self.account) for message in messages]}

    def _delete_message(self, params: Params) -> Answer:
        self._find(params).delete(params["ReceiptHandle"])
        return {}

    def _delete_message_batch(self, params: Params) -> Answer:
        queue = self._find(params)
        entries = batches.checked(params, "DeleteMessageBatchRequestEntry", frozenset({"ReceiptHandle"}))
        return batches.each(entries, _nothing(lambda entry: queue.delete(entry["ReceiptHandle"])))

    def _change_visibility(self, params: Params) -> Answer:
        _set_visibility(self._find(params), params)
        return {}

    def _change_visibility_batch(self, params: Params) -> Answer:
        queue = self._find(params)
        members = frozenset({"ReceiptHandle", "VisibilityTimeout"})
        entries = batches.checked(params, "ChangeMessageVisibilityBatchRequestEntry", members)
        return batches.each(entries, _nothing(lambda entry: _set_visibility(queue, entry)))

    def _get_queue_attributes(self, params: Params) -> Answer:
        return answers.queue_attributes(self._find(params), params.get("AttributeNames", []))

    def _get_queue_url(self, params: Params) -> Answer:
        queue = self._queues.get(params["QueueName"])
        if queue is None:
            raise errors.queue_does_not_exist()
        return {"QueueUrl": queue.url}

    def _list_queues(self, params: Params) -> Answer:
        refuse_unknown("ListQueues", params, frozenset({"QueueNamePrefix"}))
        prefix = params.get("QueueNamePrefix", "")
        return {"QueueUrls": [queue.url for queue in self.queues() if queue.name.startswith(prefix)]}

    def _purge_queue(self, params: Params) -> Answer:
        queue, now = self._find(params), self.clock()
        last = self._purged_at.get(queue.name)
        if last is not None and now < last + _PURGE_INTERVAL:
            message = f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds."
            raise errors.batch_error("PurgeQueueInProgress", message)
        self._purged_at[queue.name] = now
        queue.purge()
        return {}

    def _start_message_move_task(self, params: Params) -> Answer:
        """Move what is visible on a dead-letter queue back to where it came from, or to DestinationArn."""
        source = self._queues.get(self.name_of(params["SourceArn"]))
        if source is None:
            raise errors.queue_does_not_exist()
        self.move(source.name, lambda _: True, params.get("DestinationArn"))
        return {"TaskHandle": f"{source.name}/{self.issue()}"}

    def move(self, source: str, wanted: Callable[[Message], bool], target_arn: str | None = None) -> int:
        """Move what is visible on a dead-letter queue and wanted, as new messages; returns how many."""
        now = self.clock()
        taken = self._queues[source].take(wanted)
        for message in taken:
            target = target_arn or message.system["DeadLetterQueueSourceArn"]
            system = {k: v for k, v in message.system.items() if k != "DeadLetterQueueSourceArn"}
            revived = replace(
                message,
                message_id=self.issue_uuid(),
                system=system,
                sent_at=now,
                visible_at=now,
                receive_count=0,
                first_received_at=None,
                receipt=None,
                gone=False,
            )
            self._queues[self.name_of(target)].put(revived, deduplicate=False)
        return len(taken)


def _set_visibility(queue: Queue, entry: Params) -> None:
    seconds = _bounded(entry, "VisibilityTimeout", None, 0, _MAX_VISIBILITY)
    queue.change_visibility(entry["ReceiptHandle"], timedelta(seconds=seconds))


def _bounded(params: Params, name: str, default: int | None, low: int, high: int) -> int:
    value = params.get(name, default)
    if value is None:
        raise errors.missing_parameter(name)
    if not low <= value <= high:
        raise errors.invalid_parameter(name, value, f"Must be between {low} and {high}, if provided.")
    return int(value)


def _nothing(action: Callable[[Params], None]) -> Callable[[Params], Answer]:
    def answer(entry: Params) -> Answer:
        action(entry)
        return {}

    return answer
