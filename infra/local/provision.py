"""Creates the resources of the template in the engine, and checks what a deployment would check."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.engine import Engine
from infra.local.template import Resource, Template, TemplateError


def provision(template: Template, engine: Engine) -> None:
    """Create tables, queues, buses, mail identities and secrets. Afterwards everything in the template resolves."""
    for table in template.of_type("AWS::DynamoDB::Table"):
        made = engine.dynamodb.create_table(table.name, table.properties)
        if made.has_stream:
            template.bind(table.logical_id, "StreamArn", made.stream_arn)
    queues = template.of_type("AWS::SQS::Queue")
    for queue in queues:
        engine.sqs.create_queue(queue.name, queue.properties)
    _check_redrive(queues, engine)
    for bus in template.of_type("AWS::Events::EventBus"):
        engine.events.create_bus(bus.name)
    _bind_qualified_names(template)
    for configuration_set in template.of_type("AWS::SES::ConfigurationSet"):
        engine.ses.create_configuration_set(configuration_set.name)
    for identity in template.of_type("AWS::SES::EmailIdentity"):
        engine.ses.create_identity(identity.name)
    for secret in template.of_type("AWS::SecretsManager::Secret"):
        engine.secrets.create_secret(str(template.resolve({"Ref": secret.logical_id})), secret.name)
    template.resources()  # nothing may be left that cannot be resolved, in ignored resources neither


def _bind_qualified_names(template: Template) -> None:
    """ARNs of what is named within something else: a rule within its bus, a schedule within its group."""
    for rule in template.of_type("AWS::Events::Rule"):
        bus = rule.properties.get("EventBusName", "default").rsplit("/", 1)[-1]
        name = rule.name if bus == "default" else f"{bus}/{rule.name}"
        template.bind(rule.logical_id, "Arn", f"arn:aws:events:{template.region}:{template.account}:rule/{name}")
    for schedule in template.of_type("AWS::Scheduler::Schedule"):
        name = f"{schedule.properties.get('GroupName', 'default')}/{schedule.name}"
        arn = f"arn:aws:scheduler:{template.region}:{template.account}:schedule/{name}"
        template.bind(schedule.logical_id, "Arn", arn)


def dead_letter_queues(template: Template) -> dict[str, list[str]]:
    """Names of the queues on which something ends that could not be done, and who sends there."""
    found: dict[str, list[str]] = {}
    for resource in template.resources():
        for arn in _dead_letter_targets(resource):
            found.setdefault(arn.rsplit(":", 1)[-1], []).append(resource.name)
    return found


def _dead_letter_targets(resource: Resource) -> Iterator[str]:
    properties = resource.properties
    if resource.type == "AWS::SQS::Queue" and "RedrivePolicy" in properties:
        yield _document(properties["RedrivePolicy"])["deadLetterTargetArn"]
    for holder in (properties, properties.get("Target", {})):
        if isinstance(holder, Mapping) and "DeadLetterConfig" in holder:
            config = holder["DeadLetterConfig"]
            yield config.get("TargetArn") or config["Arn"]
    if "OnFailure" in (properties.get("DestinationConfig") or {}):
        yield properties["DestinationConfig"]["OnFailure"]["Destination"]
    if resource.type == "AWS::Events::Rule":
        for target in properties.get("Targets", []):
            if "DeadLetterConfig" in target:
                yield target["DeadLetterConfig"]["Arn"]


def _check_redrive(queues: list[Resource], engine: Engine) -> None:
    by_arn = {engine.sqs.arn(queue.name): queue for queue in queues}
    for queue in queues:
        if "RedrivePolicy" not in queue.properties:
            continue
        target = by_arn.get(_document(queue.properties["RedrivePolicy"])["deadLetterTargetArn"])
        if target is None:
            raise TemplateError(f"{queue.logical_id}: its dead-letter queue is not in the template")
        if target.name.endswith(".fifo") != queue.name.endswith(".fifo"):
            raise TemplateError(f"{queue.logical_id}: its dead-letter queue must be of the same kind")
        allowed = _document(target.properties.get("RedriveAllowPolicy", {"redrivePermission": "allowAll"}))
        sources = allowed.get("sourceQueueArns", [])
        by_queue = allowed["redrivePermission"] == "byQueue" and engine.sqs.arn(queue.name) in sources
        if not by_queue and allowed["redrivePermission"] != "allowAll":
            raise TemplateError(f"{queue.logical_id}: {target.logical_id} does not allow it as a source")


def _document(value: Mapping[str, Any] | str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(value) if isinstance(value, str) else value
    return document
