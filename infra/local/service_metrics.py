"""What AWS's own services would tell CloudWatch about this world, as far as a runner can know it.

Queues: messages visible, in flight and delayed, age of the oldest. Table: throttles, conflicts, refused conditions and
system errors of requests. Mail: sends, bounces, complaints and the two reputation rates. What Lambda, its mappings and
the gateway tell, and EventBridge's rules and schedules, is recorded where it happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from infra.local.engine import Engine, ServiceError
from infra.local.engine.service import Answer, Params
from infra.local.engine.sqs.messages import Counts
from infra.local.engine.sqs.queue import Queue
from infra.local.metric_store import MetricStore

LAMBDA, SQS, DYNAMODB, SES, API = "AWS/Lambda", "AWS/SQS", "AWS/DynamoDB", "AWS/SES", "AWS/ApiGateway"
EVENTS, SCHEDULER = "AWS/Events", "AWS/Scheduler"
NOT_TOLD = frozenset({"ConcurrentExecutions", "ApiInitDuration", "WorkersInitDuration"})
"""What the stack's dashboards show and a runner cannot know: it works on one thing at a time, in one environment."""

_REPORTS = {"Email Bounced": "Bounce", "Email Complaint Received": "Complaint", "Email Delivered": "Delivery"}
_REPRESENTATIVE_VOLUME = 1_000
_THROTTLES = {"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"}
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
_REFUSED = {"ConditionalCheckFailed": "ConditionalCheckFailedRequests", "TransactionConflict": "TransactionConflict"}


class ServiceMetrics:
    """Looks at the engine's services of one world and records what they would report.

    The reputation rates are an approximation: SES measures them over a "representative volume" that it does not
    disclose; here it is all mail since the world began, at least a thousand.
    """

    def __init__(self, engine: Engine, store: MetricStore) -> None:
        self._engine = engine
        self._store = store
        self._seen: dict[str, tuple[Counts, datetime | None]] = {}
        self._sent = 0
        self._back = {"Bounce": 0, "Complaint": 0}
        engine.watchers.append(self._watch)
        engine.events.from_aws.append(self._hear)

    def observe(self, now: datetime) -> None:
        """What holds from now on until something happens: called before time passes."""
        for queue in self._engine.sqs.queues():
            self._observe(queue, now)

    def _observe(self, queue: Queue, now: datetime) -> None:
        counts, oldest = queue.counts(), queue.oldest_sent_at()
        if self._seen.get(queue.name) == (counts, oldest):
            return
        self._seen[queue.name] = counts, oldest
        dimensions = {"QueueName": queue.name}
        levels = {"Visible": counts.visible, "NotVisible": counts.in_flight, "Delayed": counts.delayed}
        for state, level in levels.items():
            self._store.hold(SQS, f"ApproximateNumberOfMessages{state}", dimensions, level, "Count", now)
        self._store.hold_age(SQS, "ApproximateAgeOfOldestMessage", dimensions, oldest, now)

    def _watch(self, service: str, operation: str, params: Params, outcome: Answer | ServiceError) -> None:
        if service == "sesv2" and operation == "SendEmail" and not isinstance(outcome, ServiceError):
            self._sent += 1
            self._mail("Send")
        if service == "dynamodb" and isinstance(outcome, ServiceError):
            for name in _told_of(operation, outcome):
                of = {"Operation": operation} if name == "SystemErrors" else {}
                for table in _tables(params):
                    self._store.record(DYNAMODB, name, {"TableName": table, **of}, 1, "Count", self._engine.clock())

    def _hear(self, source: str, detail_type: str) -> None:
        if source == "aws.ses" and detail_type in _REPORTS:
            self._mail(_REPORTS[detail_type])

    def _mail(self, name: str) -> None:
        now = self._engine.clock()
        self._store.record(SES, name, {}, 1, "Count", now)
        if name in self._back:
            self._back[name] += 1
        for kind, times in self._back.items():
            rate = times / max(self._sent, _REPRESENTATIVE_VOLUME)
            self._store.hold(SES, f"Reputation.{kind}Rate", {}, rate, "None", now)


def _tables(params: Mapping[str, Any]) -> set[str]:
    """The tables a request is about."""
    if "TableName" in params:
        return {params["TableName"]}
    found = set(params.get("RequestItems", {}))
    for item in params.get("TransactItems", ()):
        found |= {part["TableName"] for part in item.values() if isinstance(part, Mapping)}
    return found


def _told_of(operation: str, error: ServiceError) -> list[str]:
    """The metrics of a table that a refusal counts in."""
    if error.shape in _THROTTLES:
        return ["WriteThrottleEvents" if operation in _WRITES else "ReadThrottleEvents"]
    if error.shape == "ConditionalCheckFailedException":
        return ["ConditionalCheckFailedRequests"]
    if error.shape == "TransactionCanceledException":
        reasons = [reason.get("Code") for reason in error.extra.get("CancellationReasons", ())]
        return [_REFUSED[code] for code in reasons if code in _REFUSED]
    if error.shape == "TransactionConflictException":
        return ["TransactionConflict"]
    return ["SystemErrors"] if error.status >= 500 else []
