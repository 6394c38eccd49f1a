"""The dead letters of a stack in an AWS account: the only module of the tool that calls AWS."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from infra.operator.dead_letters.model import DeadQueue, Letter, Trouble
from infra.operator.dead_letters.trail import redrive_action
from shared.aws.marshal import item_to_wire
from shared.aws.trail_store import action_put

_LOOKED_AT = 1000  # letters of one queue
_HIDDEN_SECONDS = 60  # while one look lasts, so that each letter is seen once
_PER_CALL = 10
_LOG_PAGES = 20
_CLIENTS = ("cloudformation", "sqs", "logs", "dynamodb", "sts")

F = TypeVar("F", bound=Callable[..., Any])


def _answered(call: F) -> F:
    """What AWS refuses, in one line for the operator."""

    @functools.wraps(call)
    def run(*arguments: Any) -> Any:
        try:
            return call(*arguments)
        except (ClientError, BotoCoreError) as error:
            raise Trouble(f"AWS: {error}") from error

    return run  # type: ignore[return-value]


class StackInAws:
    """One stack, by clients of CloudFormation, SQS, CloudWatch Logs, DynamoDB and STS."""

    def __init__(self, stack: str, *clients: Any) -> None:
        self.name = f"stack {stack}"
        self._stack = stack
        self._cloudformation, self._sqs, self._logs, self._dynamodb, self._sts = clients
        self._urls: dict[str, str] = {}
        self._table = ""

    @classmethod
    def connect(cls, stack: str, region: str | None = None) -> StackInAws:
        """With the credentials and region that the AWS command line would use. Raises Trouble if there are none."""
        session = botocore.session.get_session()
        try:
            clients = [session.create_client(name, region_name=region) for name in _CLIENTS]
        except BotoCoreError as error:
            raise Trouble(f"AWS: {error}") from error
        return cls(stack, *clients)

    def now(self) -> datetime:
        return datetime.now(UTC)

    @_answered
    def queues(self) -> list[DeadQueue]:
        """Those that a queue of the stack leads to, and those named as such, where services write."""
        resources = list(self._resources())
        urls = [id_ for kind, id_ in resources if kind == "AWS::SQS::Queue"]
        functions = [id_ for kind, id_ in resources if kind == "AWS::Lambda::Function"]
        self._urls = {_name(url): url for url in urls}
        self._table = next((id_ for kind, id_ in resources if kind == "AWS::DynamoDB::Table"), "")
        found = {name: self._attributes(name) for name in self._urls}
        sources = {_name(policy["deadLetterTargetArn"]): (name, policy) for name, policy in _redrives(found)}
        return [
            _dead_queue(name, attributes, sources.get(name), functions)
            for name, attributes in found.items()
            if name in sources or name.removesuffix(".fifo").endswith("-dead")
        ]

    @_answered
    def letters(self, queue: DeadQueue) -> list[Letter]:
        """Of a FIFO group only the first ten can be seen: the others wait behind them."""
        messages = list(self._look(queue.name, lambda seen: len(seen) >= _LOOKED_AT))
        letters = {message["MessageId"]: _letter(queue.name, message) for message in messages}
        return sorted(letters.values(), key=lambda letter: letter.sent_at)

    @_answered
    def log(self, function: str, about: str, since: datetime) -> list[str]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=_log_group(function),
            filterPattern=f'"{about}"',
            startTime=int(since.timestamp() * 1000),
        )
        return [event["message"] for _, page in zip(range(_LOG_PAGES), pages, strict=False) for event in page["events"]]

    def log_question(self, function: str, about: str) -> str:
        return (
            f"Logs Insights on {_log_group(function)}: fields @timestamp, @message "
            f"| filter @message like '{about}' | sort @timestamp asc"
        )

    @_answered
    def note(self, queue: DeadQueue, only: Collection[str], reason: str) -> None:
        """Under the name that AWS knows the operator by: `assumed-role/Operations/jane`."""
        actor = self._sts.get_caller_identity()["Arn"].rpartition(":")[2]
        letters = len(only) or queue.count
        action = redrive_action(queue.name, letters, only, actor=actor, reason=reason, at=self.now())
        self._dynamodb.put_item(TableName=self._table, Item=item_to_wire(action_put(action).item))

    @_answered
    def redrive(self, queue: DeadQueue, only: Collection[str], rate: int | None) -> int:
        """SQS moves a whole queue by itself, in the background. Of single letters it knows nothing, so each is sent,
        then deleted; cut off in between it is there twice, which the workers allow for."""
        if only:
            return self._send_back(queue, set(only), 1 / rate if rate else 0)
        wish = {"MaxNumberOfMessagesPerSecond": rate} if rate else {}
        dead, work = (self._attributes(str(name))["QueueArn"] for name in (queue.name, queue.source))
        # Its destination is named, because a letter that the event bus put there by itself comes from no queue.
        self._sqs.start_message_move_task(SourceArn=dead, DestinationArn=work, **wish)
        return queue.count

    def _send_back(self, queue: DeadQueue, only: set[str], pause: float) -> int:
        sent = 0
        for message in self._look(queue.name, lambda seen: only <= seen):
            if message["MessageId"] in only:
                time.sleep(pause if sent else 0)
                self._sqs.send_message(QueueUrl=self._urls[str(queue.source)], **_again(message))
                self._sqs.delete_message(QueueUrl=self._urls[queue.name], ReceiptHandle=message["ReceiptHandle"])
                sent += 1
        return sent

    def _look(self, name: str, enough: Callable[[set[str]], bool]) -> Iterator[dict[str, Any]]:
        """Receive what lies on a queue; afterwards everything is visible again. The receive count, which counts looks
        too, means nothing on a dead-letter queue."""
        handles: dict[str, str] = {}
        try:
            while not enough(set(handles)):
                answer = self._sqs.receive_message(
                    QueueUrl=self._urls[name],
                    MaxNumberOfMessages=_PER_CALL,
                    VisibilityTimeout=_HIDDEN_SECONDS,
                    WaitTimeSeconds=1,
                    MessageSystemAttributeNames=["All"],
                    MessageAttributeNames=["All"],
                )
                messages = answer.get("Messages", [])
                handles |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
                yield from messages
                if not messages:
                    return
        finally:
            self._show_again(name, list(handles.values()))

    def _show_again(self, name: str, handles: list[str]) -> None:
        for start in range(0, len(handles), _PER_CALL):
            entries = [
                {"Id": str(n), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for n, handle in enumerate(handles[start : start + _PER_CALL])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._urls[name], Entries=entries)

    def _resources(self) -> Iterator[tuple[str, str]]:
        for page in self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=self._stack):
            for resource in page["StackResourceSummaries"]:
                yield resource["ResourceType"], resource.get("PhysicalResourceId", "")

    def _attributes(self, name: str) -> dict[str, str]:
        answer = self._sqs.get_queue_attributes(QueueUrl=self._urls[name], AttributeNames=["All"])
        attributes: dict[str, str] = answer["Attributes"]
        return attributes


def _redrives(found: dict[str, dict[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, attributes in found.items():
        if "RedrivePolicy" in attributes:
            yield name, json.loads(attributes["RedrivePolicy"])


def _dead_queue(
    name: str, attributes: dict[str, str], source: tuple[str, dict[str, Any]] | None, functions: list[str]
) -> DeadQueue:
    work, policy = source or (None, {})
    tries = policy.get("maxReceiveCount")
    return DeadQueue(
        name=name,
        source=work,
        function=next((function for function in functions if work and _works_on(function, work)), None),
        tries=int(tries) if tries else None,
        kept=timedelta(seconds=int(attributes["MessageRetentionPeriod"])),
        count=int(attributes["ApproximateNumberOfMessages"]),
    )


def _works_on(function: str, queue: str) -> bool:
    """`test-backorders-tally-demand` works on `test-tally-demand`."""
    return function.replace("backorders-", "", 1) == queue.removesuffix(".fifo")


def _letter(queue: str, message: dict[str, Any]) -> Letter:
    attributes = message["Attributes"]
    return Letter(
        queue=queue,
        message_id=message["MessageId"],
        body=message["Body"],
        sent_at=datetime.fromtimestamp(int(attributes["SentTimestamp"]) / 1000, UTC),
        group=attributes.get("MessageGroupId"),
    )


def _again(message: dict[str, Any]) -> dict[str, Any]:
    """The message to be sent. On a FIFO queue two operators who send the same one at once send it once."""
    attributes = message["Attributes"]
    again = {"MessageBody": message["Body"], "MessageAttributes": message.get("MessageAttributes", {})}
    if "MessageDeduplicationId" in attributes:
        again |= {"MessageDeduplicationId": f"redrive-{message['MessageId']}"}
    if "MessageGroupId" in attributes:
        again |= {"MessageGroupId": attributes["MessageGroupId"]}
    return again


def _name(url_or_arn: str) -> str:
    return url_or_arn.rpartition(":" if url_or_arn.startswith("arn:") else "/")[2]


def _log_group(function: str) -> str:
    return f"/aws/lambda/{function}"
