"""Incidents as metrics tell them, each with the alarms that have to ring (patterns over their names)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.incidents.scene import DAY, HOUR, MINUTE, START, Scene, template

_FIVE = 5 * MINUTE
_EVERY_TABLE_CALL = ("GetItem", "Query", "TransactWriteItems")


@dataclass(frozen=True)
class Incident:
    """`tell` puts it into a scene; `rings` is a pattern of all alarms that ring in it, and may ring for days."""

    rings: str
    tell: Callable[[Scene], None]
    hours: float = 12


def _functions_fail(scene: Scene) -> None:
    for function in scene.functions():
        for name in ("Errors", "Invocations"):
            scene.aws("AWS/Lambda", name, 1, 60, FunctionName=function.name)


def _messages_fail(scene: Scene) -> None:
    """A version that fails whatever it is handed gets a tenth of the batches: forty a minute, of one message each."""
    for function in scene.functions():
        scene.aws("AWS/Lambda", "Invocations", 40, 12, FunctionName=function.name)
        scene.ours("RecordsFailed", function.name.removeprefix("backorders-"), 4, every=MINUTE, times=12)


def _no_concurrency_left(scene: Scene) -> None:
    for function in scene.functions():
        scene.aws("AWS/Lambda", "Throttles", 3, 10, FunctionName=function.name)


def _everything_is_slow(scene: Scene) -> None:
    for function in scene.functions():
        scene.aws("AWS/Lambda", "Duration", 900 * function.timeout, 30, FunctionName=function.name)


def _workers_stand_still(scene: Scene) -> None:
    for queue in scene.queues(dead=False):
        scene.store.hold_age("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue}, START, START)


def _letters_die(scene: Scene) -> None:
    for queue in scene.queues(dead=True):
        of = {"QueueName": queue}
        scene.store.hold("AWS/SQS", "ApproximateNumberOfMessagesVisible", of, 1, "Count", START)


def _stream_is_stuck(scene: Scene) -> None:
    for name in ("backorders-fan-out-changes", "backorders-publish-events"):
        scene.told(
            "AWS/Lambda", "IteratorAge", {"FunctionName": name}, lambda n: (n + 1) * 60_000.0, MINUTE, 120
        )  # fmt: skip


def _stream_loses(scene: Scene) -> None:
    for mapping in template().of_type("AWS::Lambda::EventSourceMapping"):
        if "StartingPosition" in mapping.properties:
            scene.aws("AWS/Lambda", "DroppedEventCount", 2, 1, EventSourceMappingUUID=mapping.name)


def _table_is_throttled(scene: Scene) -> None:
    for kind in ("Read", "Write"):
        scene.aws("AWS/DynamoDB", f"{kind}ThrottleEvents", 5, 10, TableName=scene.one("DynamoDB::Table"))


def _index_is_throttled(scene: Scene) -> None:
    """Its writes hold up those of the table, which itself turns nothing away."""
    of = {"TableName": scene.one("DynamoDB::Table"), "GlobalSecondaryIndexName": "gsi1"}
    scene.aws("AWS/DynamoDB", "WriteThrottleEvents", 5, 10, **of)


def _dynamodb_fails(scene: Scene) -> None:
    for operation in _EVERY_TABLE_CALL:
        of = {"TableName": scene.one("DynamoDB::Table"), "Operation": operation}
        scene.aws("AWS/DynamoDB", "SystemErrors", 4, 20, **of)


def _transactions_meet(scene: Scene) -> None:
    table = scene.one("DynamoDB::Table")
    scene.aws("AWS/DynamoDB", "TransactionConflict", 30, 40, TableName=table)
    scene.aws("AWS/DynamoDB", "ConsumedWriteCapacityUnits", 1000, 40, TableName=table)


def _hours_are_not_started(scene: Scene) -> None:
    scene.aws("AWS/Scheduler", "InvocationDroppedCount", 1, 1, ScheduleGroup="backorders")


def _bus_cannot_deliver(scene: Scene) -> None:
    webhooks = {"EventBusName": "backorders", "RuleName": "webhook-events"}
    scene.aws("AWS/Events", "FailedInvocations", 1, 3, **webhooks)
    scene.aws("AWS/Events", "FailedInvocations", 1, 3, RuleName="mail-outcomes")


def _api_answers(scene: Scene, *, times: int, name: str, of: int, bad: int) -> None:
    """Every five minutes so many requests, some of them answered badly."""
    for n in range(of):
        for metric, value in (("Count", 1), (name, n < bad)):
            scene.aws("AWS/ApiGateway", metric, value, times, _FIVE, ApiId=scene.one("ApiGatewayV2::Api"))


def _api_is_slow(scene: Scene, name: str, *milliseconds: int) -> None:
    """Every five minutes one request of each of these times, for eight hours."""
    for one in milliseconds:
        scene.ours(name, "api", one, every=_FIVE, times=96)


def _takes(scene: Scene, name: str, service: str, seconds: float) -> None:
    """Three times every five minutes, for eight hours."""
    for _ in range(3):
        scene.ours(name, service, seconds, every=_FIVE, times=96)


def _mail_provider_is_down(scene: Scene) -> None:
    scene.ours("MailsUnanswered", "notify-customers", 5, every=_FIVE, times=96)
    scene.ours("MailUnknownOutcome", "chase-overdue", 60, every=HOUR, times=8, start=START + HOUR)


def _silence_after(scene: Scene) -> None:
    for service in ("plan-purchase-orders", "chase-overdue", "audit-books"):
        scene.ours("RunsDone", service, 1, every=HOUR, times=4)


def _counts_are_wrong(scene: Scene) -> None:
    scene.ours("InvariantViolations", "audit-books", 1, every=HOUR, times=3)
    scene.ours("ReconcileDrift", "audit-books", 5, every=HOUR, times=3)


def _quota_is_used_up(scene: Scene) -> None:
    """In the evening: what waits is tried every hour until midnight."""
    scene.ours("MailsThrottled", "notify-customers", 12, every=HOUR, times=5)


def _mail_comes_back(scene: Scene) -> None:
    for rate, level in (("Bounce", 0.06), ("Complaint", 0.002)):
        scene.store.hold("AWS/SES", f"Reputation.{rate}Rate", {}, level, "None", START)


def _a_loop_writes(scene: Scene) -> None:
    """Five million units an hour: four dollars or so."""
    of = {"TableName": scene.one("DynamoDB::Table")}
    scene.told("AWS/DynamoDB", "ConsumedWriteCapacityUnits", of, lambda _: 5e6, HOUR, 24)


def _supplier_is_silent(scene: Scene) -> None:
    """The dates given to customers pass, more of them every day; no confirmed date is kept."""
    of = {"service": "chase-overdue", "stage": "prod"}
    scene.told("Backorders", "LinesPastPromise", of, lambda n: 12 + n, HOUR, 24 * 6)
    for _ in range(4):
        scene.ours("PurchaseOrderAgeDays", "chase-overdue", 20, every=HOUR, times=24 * 6)
    scene.ours("PurchaseOrdersLate", "chase-overdue", 2, every=HOUR, times=24 * 6)
    scene.ours("SupplierOtif", "chase-overdue", 40, every=DAY, times=6)
    scene.ours("SupplierOtifLines", "chase-overdue", 25, every=DAY, times=6)


def _promises_break(scene: Scene) -> None:
    scene.ours("PromisesKept", "allocate-stock", 1, every=HOUR, times=40)
    scene.ours("PromisesOverdue", "notify-customers", 10, every=DAY, times=2)


INCIDENTS = {
    "functions fail": Incident(r"(?!Table)\w+Errors", _functions_fail),
    "a release fails every message and raises nothing": Incident(r"\w+RecordsFail", _messages_fail),
    "no concurrency is left": Incident(r"(?!Table)\w+Throttles", _no_concurrency_left),
    "everything is slow": Incident(r"\w+Slow", _everything_is_slow),
    "workers stand still": Incident(r"\w+Waiting|Health", _workers_stand_still),
    "letters die": Incident(r"\w+DeadLetters|Health", _letters_die),
    "the stream is stuck": Incident(r"\w+(Lag|FarBehind)|Health", _stream_is_stuck),
    "the stream loses changes": Incident(r"(?!Schedules)\w+Dropped|Health", _stream_loses),
    "the table is throttled": Incident(r"Table(Read|Write)Throttles", _table_is_throttled),
    "the index is throttled": Incident(r"TableWriteThrottles", _index_is_throttled),
    "DynamoDB fails": Incident(r"TableErrors", _dynamodb_fails),
    "transactions meet": Incident(r"TableConflicts", _transactions_meet),
    "hours are not started": Incident(r"SchedulesDropped|Health", _hours_are_not_started),
    "the bus cannot deliver": Incident(r"\w+Undelivered|Health", _bus_cannot_deliver),
    "the API answers 5xx": Incident(
        r"ApiFailures|ApiAvailability\w+|Health",
        lambda scene: _api_answers(scene, times=84, name="5xx", of=20, bad=1),
        hours=24,
    ),
    "a release fails where nothing is expected": Incident(
        r"ApiRequestsFail", lambda scene: scene.ours("RequestsFailed", "api", 1, every=MINUTE, times=30)
    ),
    "a storefront sends nonsense": Incident(
        r"ApiRefusals", lambda scene: _api_answers(scene, times=6, name="4xx", of=60, bad=36)
    ),
    "the API answers shops slowly that order": Incident(
        r"ApiLatency\w+|Health", lambda scene: _api_is_slow(scene, "TimeToWrite", 100, 900, 1200), hours=24
    ),
    "the API answers slowly who reads, though no slower than it may write": Incident(
        r"ApiLatency\w+|Health", lambda scene: _api_is_slow(scene, "TimeToRead", 100, 300, 400), hours=24
    ),
    "orders of the queue wait for their promise": Incident(
        r"PromiseMade\w+|Health",
        lambda scene: _takes(scene, "TimeToFirstPromise", "record-backorders", 900),
        hours=24,
    ),
    "units lie on the shelf": Incident(
        r"Allocation\w+|Health",
        lambda scene: _takes(scene, "TimeToAllocate", "allocate-stock", 7200),
        hours=24,
    ),
    "the mail provider is down": Incident(r"MailTruth\w+|MailUnknownOutcome|Health", _mail_provider_is_down, hours=24),
    "nothing runs any more": Incident(r"\w+Missing|Health", _silence_after, hours=12),
    "counts are wrong": Incident(r"InvariantViolations|ReconcileDrift|Health", _counts_are_wrong),
    "a consent deadline is missed": Incident(
        r"ConsentDeadlineMissed|Health",
        lambda scene: scene.ours("ConsentDeadlineMissed", "chase-overdue", 1, every=HOUR, times=2),
    ),
    "the day's quota of mails is used up": Incident(r"MailsThrottled", _quota_is_used_up),
    "mail comes back": Incident(r"Mail(Bounce|Complaint)s(Page)?|Health", _mail_comes_back),
    "a loop writes without end": Incident(r"SpendHigh", _a_loop_writes, hours=48),
    "a supplier is silent": Incident(
        r"LinesPastPromiseGrow|SuppliersLate|PurchaseOrdersLate", _supplier_is_silent, hours=24 * 7
    ),
    "promises break": Incident(r"PromisesBroken", _promises_break, hours=48),
}
"""`Missing` rings wherever the functions say nothing at all: it is left out of all incidents but its own."""
