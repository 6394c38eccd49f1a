"""EventBridge rules: carries published events to the targets of the rules that match them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.local.asynchronous import AsyncInvoker
from infra.local.engine import Engine, ServiceError
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger, Lost
from infra.local.patterns import Matcher, compile_pattern
from infra.local.resource_policies import ResourcePolicies
from infra.local.service_metrics import EVENTS
from infra.local.template import Resource, Template, TemplateError

_PROPERTIES = frozenset({"Description", "EventBusName", "EventPattern", "Name", "State", "Tags", "Targets"})
_TARGET_MEMBERS = frozenset({"Arn", "DeadLetterConfig", "Id", "Input", "InputPath", "RetryPolicy", "SqsParameters"})


@dataclass(frozen=True)
class _Rule:
    name: str
    bus: str
    matches: Matcher
    targets: tuple[dict[str, Any], ...]


class Rules:
    """The rules of the template. Targets are functions (invoked asynchronously), queues and log groups; a right that
    is missing for a delivery is found at the start."""

    def __init__(
        self,
        template: Template,
        engine: Engine,
        lambdas: Lambdas,
        invoker: AsyncInvoker,
        policies: ResourcePolicies,
        ledger: Ledger,
    ) -> None:
        self._ledger = ledger
        self._engine = engine
        self._lambdas = lambdas
        self._invoker = invoker
        self._seen = 0
        self._rules = [
            self._rule(resource, str(template.resolve({"Fn::GetAtt": [resource.logical_id, "Arn"]})), policies)
            for resource in template.of_type("AWS::Events::Rule")
            if resource.properties.get("State", "ENABLED") != "DISABLED"
        ]

    @property
    def rules(self) -> list[_Rule]:
        """Those that are enabled."""
        return self._rules

    def poll(self) -> bool:
        """Deliver the events published since the last poll. False if there were none."""
        published = self._engine.events.published[self._seen :]
        self._seen += len(published)
        for event in published if self._rules else ():
            for rule in self._rules:
                if rule.bus == event.bus and rule.matches(event.envelope):
                    for target in rule.targets:
                        self._deliver(rule, target, event.envelope)
        return bool(published)

    def next_due(self, now: datetime) -> datetime | None:  # noqa: ARG002 - the interface of a source
        """Events are delivered at once; nothing is ever due later."""
        return None

    @property
    def behind(self) -> bool:
        """Whether events wait for their next poll."""
        return self._seen < len(self._engine.events.published)

    def _rule(self, resource: Resource, arn: str, policies: ResourcePolicies) -> _Rule:
        properties = resource.properties
        unknown = properties.keys() - _PROPERTIES
        if unknown:
            raise TemplateError(f"{resource.logical_id}: properties the runner does not know: {sorted(unknown)}")
        bus = properties.get("EventBusName", "default").rsplit("/", 1)[-1]
        for target in properties.get("Targets", []):
            self._check_target(resource, arn, target, policies)
        return _Rule(
            resource.name, bus, compile_pattern(properties["EventPattern"]), tuple(properties.get("Targets", []))
        )

    def _check_target(
        self, resource: Resource, rule_arn: str, target: dict[str, Any], policies: ResourcePolicies
    ) -> None:
        unknown = target.keys() - _TARGET_MEMBERS
        if unknown:
            raise TemplateError(f"{resource.logical_id}: targets with {sorted(unknown)} are not known to the runner")
        service = target["Arn"].split(":")[2]
        checks: dict[str, Callable[[], None]] = {
            "lambda": lambda: policies.require_invoke(
                target["Arn"], "events.amazonaws.com", rule_arn, resource.logical_id
            ),
            "sqs": lambda: policies.require_send(target["Arn"], "events.amazonaws.com", rule_arn, resource.logical_id),
            "logs": lambda: None,
        }
        if service not in checks:
            raise TemplateError(f"{resource.logical_id}: the runner cannot deliver to {target['Arn']}")
        checks[service]()
        if "DeadLetterConfig" in target:
            dead = target["DeadLetterConfig"]["Arn"]
            policies.require_send(dead, "events.amazonaws.com", rule_arn, resource.logical_id)

    def _deliver(self, rule: _Rule, target: dict[str, Any], envelope: dict[str, Any]) -> None:
        service = target["Arn"].split(":")[2]
        payload = _payload(target, envelope)
        if service == "lambda":
            self._invoker.accept(self._lambdas.find(target["Arn"]), payload)
        elif service == "sqs":
            params = {
                "QueueUrl": self._engine.sqs.url(self._engine.sqs.name_of(target["Arn"])),
                "MessageBody": json.dumps(payload),
            }
            if "SqsParameters" in target:
                params["MessageGroupId"] = target["SqsParameters"]["MessageGroupId"]
                params["MessageDeduplicationId"] = envelope["id"]
            self._send(rule, target, params)

    def _send(self, rule: _Rule, target: dict[str, Any], params: dict[str, Any]) -> None:
        """What the queue does not take goes to the target's dead-letter queue, or is lost. EventBridge tries for a day
        if the queue may take it later; here it is at once."""
        self._tell(rule, "Invocations")
        try:
            self._engine.execute("sqs", "SendMessage", params)
        except ServiceError as error:
            self._tell(rule, "FailedInvocations")
            reason = f"EventBridge: {error.message}"
            if "DeadLetterConfig" not in target:
                lost = Lost(target["Arn"], json.loads(params["MessageBody"]), reason, self._engine.clock())
                self._ledger.lost.append(lost)
                return
            dead = self._engine.sqs.url(self._engine.sqs.name_of(target["DeadLetterConfig"]["Arn"]))
            params = {"QueueUrl": dead, "MessageBody": params["MessageBody"]}
            sent = self._engine.execute("sqs", "SendMessage", params)
            self._ledger.note_failure(sent["MessageId"], "events", error.message, None)

    def _tell(self, rule: _Rule, name: str) -> None:
        of_bus = {} if rule.bus == "default" else {"EventBusName": rule.bus}
        dimensions = {"RuleName": rule.name, **of_bus}
        self._lambdas.metrics.record(EVENTS, name, dimensions, 1, "Count", self._engine.clock())


def _payload(target: dict[str, Any], envelope: dict[str, Any]) -> Any:
    if "Input" in target:
        return json.loads(target["Input"])
    value: Any = envelope
    for member in target.get("InputPath", "$").split(".")[1:]:
        value = value[member]
    return value
