"""EventBridge Scheduler: runs what falls due, in order of time."""

from __future__ import annotations

import heapq
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.local.asynchronous import AsyncInvoker
from infra.local.clock import Clock
from infra.local.cron import Schedule, parse_schedule
from infra.local.engine import Engine
from infra.local.iam import Iam
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger
from infra.local.service_metrics import SCHEDULER
from infra.local.template import Resource, Template, TemplateError

_PROPERTIES = frozenset(
    {
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "GroupName",
        "Name",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
    }
)
_TARGET_MEMBERS = frozenset({"Arn", "DeadLetterConfig", "Input", "RetryPolicy", "RoleArn", "SqsParameters"})


@dataclass(order=True)
class Due:
    """A schedule and when it runs next."""

    at: datetime
    number: int
    name: str = field(compare=False)
    arn: str = field(compare=False)
    schedule: Schedule = field(compare=False)
    target: dict[str, Any] = field(compare=False)
    ends: datetime | None = field(compare=False, default=None)
    group: str = field(compare=False, default="default")


class Scheduler:
    """The schedules of the template.

    A target is a function (invoked asynchronously: from then on Lambda's own retries apply, and the schedule's
    dead-letter queue hears nothing of a handler that fails) or a queue. A delivery cannot fail here, as the right to
    make it is checked at the start. A flexible window fires at its beginning.
    """

    def __init__(
        self,
        template: Template,
        engine: Engine,
        lambdas: Lambdas,
        invoker: AsyncInvoker,
        clock: Clock,
        ledger: Ledger,
        iam: Iam,
    ) -> None:
        self._engine = engine
        self._lambdas = lambdas
        self._invoker = invoker
        self._clock = clock
        self._ledger = ledger
        self._runs = 0
        self._due: list[Due] = []
        for resource in template.of_type("AWS::Scheduler::Schedule"):
            self._check(resource, iam)
            if resource.properties.get("State", "ENABLED") == "ENABLED":
                self._plan(resource, template)

    def names(self) -> list[str]:
        """The schedules that will still run, soonest first."""
        return [due.name for due in sorted(self._due)]

    def planned(self) -> list[Due]:
        """What will run, soonest first."""
        return sorted(self._due)

    def next_due(self, now: datetime) -> datetime | None:
        """When the next schedule runs; this may be now."""
        return max(self._due[0].at, now) if self._due else None

    def fire_due(self) -> int:
        """Deliver everything that is due by now, in order of time. Returns how many deliveries that were."""
        fired = 0
        while self._due and self._due[0].at <= self._clock.now():
            due = heapq.heappop(self._due)
            self._deliver(due)
            fired += 1
            self._push(due, due.schedule.next_after(due.at))
        self._ledger.schedules += fired
        return fired

    def _check(self, resource: Resource, iam: Iam) -> None:
        properties, target = resource.properties, resource.properties["Target"]
        unknown = (properties.keys() - _PROPERTIES) | (target.keys() - _TARGET_MEMBERS)
        if unknown:
            raise TemplateError(f"{resource.logical_id}: properties the runner does not know: {sorted(unknown)}")
        service = target["Arn"].split(":")[2]
        actions = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage"}
        if service not in actions:
            raise TemplateError(f"{resource.logical_id}: the runner cannot deliver to {target['Arn']}")
        iam.require_trust(target["RoleArn"], "scheduler.amazonaws.com", resource.logical_id)
        iam.require(target["RoleArn"], actions[service], target["Arn"], resource.logical_id)
        if "DeadLetterConfig" in target:
            dead = target["DeadLetterConfig"]["Arn"]
            iam.require(target["RoleArn"], "sqs:SendMessage", dead, resource.logical_id)

    def _plan(self, resource: Resource, template: Template) -> None:
        properties, now = resource.properties, self._clock.now()
        start = _instant(properties.get("StartDate")) or now
        schedule = parse_schedule(
            properties["ScheduleExpression"], properties.get("ScheduleExpressionTimezone", "UTC"), start
        )
        due = Due(
            at=now,
            number=len(self._due),
            name=resource.name,
            arn=str(template.resolve({"Fn::GetAtt": [resource.logical_id, "Arn"]})),
            schedule=schedule,
            target=properties["Target"],
            ends=_instant(properties.get("EndDate")),
            group=properties.get("GroupName", "default"),
        )
        self._push(due, schedule.next_after(max(now, start)))

    def _push(self, due: Due, at: datetime | None) -> None:
        if at is not None and (due.ends is None or at <= due.ends):
            due.at = at
            heapq.heappush(self._due, due)

    def _deliver(self, due: Due) -> None:
        self._runs += 1
        of = {"ScheduleGroup": due.group}
        now = self._clock.now()
        self._lambdas.metrics.record(SCHEDULER, "InvocationAttemptCount", of, 1, "Count", now)
        execution = str(uuid.uuid5(uuid.NAMESPACE_OID, f"execution {self._runs}"))
        text = self._substituted(due, execution)
        service = due.target["Arn"].split(":")[2]
        if service == "lambda":
            self._invoker.accept(self._lambdas.find(due.target["Arn"]), json.loads(text))
            return
        params = {
            "QueueUrl": self._engine.sqs.url(self._engine.sqs.name_of(due.target["Arn"])),
            "MessageBody": text,
        }
        if "SqsParameters" in due.target:
            params["MessageGroupId"] = due.target["SqsParameters"]["MessageGroupId"]
            params["MessageDeduplicationId"] = execution
        self._engine.execute("sqs", "SendMessage", params)

    def _substituted(self, due: Due, execution: str) -> str:
        text = due.target.get("Input") or json.dumps(self._default_event(due, execution))
        values = {
            "schedule-arn": due.arn,
            "scheduled-time": due.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "execution-id": execution,
            "attempt-number": "1",
        }
        for name, value in values.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return str(text)

    def _default_event(self, due: Due, execution: str) -> dict[str, Any]:
        """What a target without an input of its own gets; `detail` is a string."""
        return {
            "version": "0",
            "id": execution,
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": self._engine.account,
            "time": "<aws.scheduler.scheduled-time>",
            "region": self._engine.region,
            "resources": [due.arn],
            "detail": "{}",
        }


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
