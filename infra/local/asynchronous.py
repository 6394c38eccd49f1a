"""Asynchronous invocations, as schedules and rules make them: Lambda itself retries, and reports what it gives up."""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.clock import Clock
from infra.local.engine import Engine
from infra.local.function import Function, Outcome
from infra.local.iam import Iam
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger, Lost
from infra.local.template import Template, TemplateError

_PROPERTIES = frozenset(
    {"FunctionName", "Qualifier", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig"}
)
_RETRY_DELAYS = (timedelta(minutes=1), timedelta(minutes=2))


@dataclass(frozen=True)
class RetryRules:
    """How one function's asynchronous events are retried, and where they end."""

    retries: int = 2
    maximum_age: timedelta = timedelta(hours=6)
    on_failure: str | None = None


@dataclass(order=True)
class _Event:
    due: datetime
    number: int
    function: Function = field(compare=False)
    payload: Any = field(compare=False)
    accepted_at: datetime = field(compare=False)
    attempts: int = field(compare=False, default=0)


class AsyncInvoker:
    """Lambda's own queue of events, per function or alias retried up to twice: one minute, then two minutes later."""

    def __init__(
        self, template: Template, engine: Engine, lambdas: Lambdas, clock: Clock, ledger: Ledger, iam: Iam
    ) -> None:
        self._engine = engine
        self._lambdas = lambdas
        self._clock = clock
        self._ledger = ledger
        self.rules = dict(_rules(template, lambdas, iam))
        self._events: list[_Event] = []
        self._count = 0

    def accept(self, function: Function, payload: Any) -> None:
        """Take an event; it is run by a later `poll`."""
        now = self._clock.now()
        self._count += 1
        heapq.heappush(self._events, _Event(now, self._count, function, payload, now))

    def poll(self) -> bool:
        """Run the next event that is due. False if there was none."""
        if not self._events or self._events[0].due > self._clock.now():
            return False
        event = heapq.heappop(self._events)
        outcome = self._lambdas.invoke(event.function, event.payload)
        self._ledger.count(outcome)
        if outcome.error is not None:
            self._retry(event, outcome)
        return True

    def next_due(self, now: datetime) -> datetime | None:
        """When the next retry is due."""
        return self._events[0].due if self._events and self._events[0].due > now else None

    @property
    def behind(self) -> bool:
        """Whether events wait, be it for a retry."""
        return bool(self._events)

    def _retry(self, event: _Event, outcome: Outcome) -> None:
        rules, now = self.rules.get(event.function.arn, RetryRules()), self._clock.now()
        if event.attempts < rules.retries:
            due = now + _RETRY_DELAYS[min(event.attempts, len(_RETRY_DELAYS) - 1)]
            if due - event.accepted_at <= rules.maximum_age:
                event.due, event.attempts = due, event.attempts + 1
                heapq.heappush(self._events, event)
                return
            self._give_up(event, outcome, "EventAgeExceeded", rules, now)
        else:
            self._give_up(event, outcome, "RetriesExhausted", rules, now)

    def _give_up(self, event: _Event, outcome: Outcome, condition: str, rules: RetryRules, now: datetime) -> None:
        assert outcome.error is not None
        reason = f"{condition}: {outcome.error.message}"
        if rules.on_failure is not None:
            body, target = _failure_record(event, outcome, condition, now), rules.on_failure
        elif event.function.dead_letter_target is not None:
            body, target = event.payload, event.function.dead_letter_target
        else:
            self._ledger.lost.append(Lost(event.function.name, event.payload, reason, now))
            return
        url = self._engine.sqs.url(self._engine.sqs.name_of(target))
        answer = self._engine.execute("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": json.dumps(body)})
        self._ledger.note_failure(answer["MessageId"], event.function.name, reason, outcome.request_id)


def _rules(template: Template, lambdas: Lambdas, iam: Iam) -> list[tuple[str, RetryRules]]:
    rules = []
    for resource in template.of_type("AWS::Lambda::EventInvokeConfig"):
        properties = resource.properties
        unknown = properties.keys() - _PROPERTIES
        destinations = properties.get("DestinationConfig", {})
        if unknown or destinations.keys() - {"OnFailure"}:
            raise TemplateError(f"{resource.logical_id}: properties the runner does not know: {properties}")
        function = lambdas.find(f"{properties['FunctionName']}:{properties['Qualifier']}")
        on_failure = destinations.get("OnFailure", {}).get("Destination")
        rule = RetryRules(
            retries=int(properties.get("MaximumRetryAttempts", 2)),
            maximum_age=timedelta(seconds=int(properties.get("MaximumEventAgeInSeconds", 21_600))),
            on_failure=on_failure,
        )
        rules.append((function.arn, rule))
        if on_failure is not None:
            iam.require(function.role, "sqs:SendMessage", on_failure, resource.logical_id)
    for function in lambdas.functions.values():
        if function.dead_letter_target is not None:
            iam.require(function.role, "sqs:SendMessage", function.dead_letter_target, function.name)
    return rules


def _failure_record(event: _Event, outcome: Outcome, condition: str, now: datetime) -> dict[str, Any]:
    assert outcome.error is not None
    return {
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z",
        "requestContext": {
            "requestId": outcome.request_id,
            "functionArn": event.function.arn_with_qualifier,
            "condition": condition,
            "approximateInvokeCount": event.attempts + 1,
        },
        "requestPayload": event.payload,
        "responseContext": {"statusCode": 200, "executedVersion": event.function.version, "functionError": "Unhandled"},
        "responsePayload": outcome.error.as_json(),
    }
