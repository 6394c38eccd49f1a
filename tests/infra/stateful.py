"""What the stack remembers, frozen: a change that would lose it fails here and not in a merchant's account.

Frozen are the logical ids of what holds data and the properties that CloudFormation does not change but replaces the
resource for, as the resource schemas that cfn-lint brings have them, and a few that lose data without a replacement.
`python -m tests.infra.stateful` freezes the present stack, for a change that is meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from infra.local.synth_cache import template_path

FROZEN = Path(__file__).with_suffix(".json")
COMMAND = "python -m tests.infra.stateful"

Frozen = dict[str, dict[str, Any]]

HOLDS = {
    "AWS::ApiGatewayV2::Api": "the address in every link that was mailed",
    "AWS::Cognito::UserPool": "the credentials of every storefront",
    "AWS::Cognito::UserPoolClient": "id and secret of a storefront, whose id is in every order of it",
    "AWS::Cognito::UserPoolDomain": "the address where storefronts get their tokens",
    "AWS::Cognito::UserPoolResourceServer": "the scopes that storefronts were granted",
    "AWS::DynamoDB::Table": "every order, unit and promise",
    "AWS::Events::Archive": "the events of the last 30 days, for subscribers to catch up",
    "AWS::Events::EventBus": "the rules that others put on it",
    "AWS::Logs::LogGroup": "the logs of the last 30 days",
    "AWS::SES::ConfigurationSet": "the reputation of the mails sent with it",
    "AWS::SES::EmailIdentity": "the DKIM keys that stand in the merchant's DNS",
    "AWS::SNS::Topic": "the confirmed subscriptions of those who are called",
    "AWS::SQS::Queue": "up to four days of work, up to 14 days of dead letters",
    "AWS::SecretsManager::Secret": "what signed every link that was mailed",
}
"""Types of resources that remember something, and what is lost with one."""

STATELESS = frozenset(
    f"AWS::{name}"
    for name in (
        "ApiGatewayV2::Authorizer",
        "ApiGatewayV2::Integration",
        "ApiGatewayV2::Route",
        "ApiGatewayV2::Stage",
        "CloudWatch::Alarm",
        "CloudWatch::CompositeAlarm",
        "CloudWatch::Dashboard",
        "CodeDeploy::Application",
        "CodeDeploy::DeploymentGroup",
        "Events::Rule",
        "IAM::Role",
        "Lambda::Alias",
        "Lambda::EventInvokeConfig",
        "Lambda::EventSourceMapping",
        "Lambda::Function",
        "Lambda::Permission",
        "Lambda::Version",
        "Logs::MetricFilter",
        "Logs::QueryDefinition",
        "SES::ConfigurationSetEventDestination",
        "SNS::TopicPolicy",
        "SQS::QueuePolicy",
        "Scheduler::Schedule",
        "Scheduler::ScheduleGroup",
    )
)
"""Types that can be made anew at any time. A mapping that is reads its stream again from the oldest record."""

_LOSES = {
    # An index is dropped and built anew, a stream forgets what nobody has read, a key of another type is a replacement.
    "AWS::DynamoDB::Table": (
        "AttributeDefinitions",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "StreamSpecification",
        "TimeToLiveSpecification",
    ),
    "AWS::Cognito::UserPool": ("AliasAttributes", "Schema", "UsernameAttributes", "UsernameConfiguration"),
    # Another recipe makes another secret, in place: every link that was mailed is dead.
    "AWS::SecretsManager::Secret": ("GenerateSecretString", "SecretString"),
}
"""Properties that the schemas do not call create-only and whose change loses something all the same."""

_TUNED = "OnDemandThroughput"  # of an index; the only part of one that may change
_REGION = "us-east-1"  # has the schema of everything


def frozen(resources: Mapping[str, Mapping[str, Any]]) -> Frozen:
    """What must not change of the resources of a template, by logical id."""
    return {
        key: {
            "type": resource["Type"],
            "deletion": resource.get("DeletionPolicy", "Delete"),
            "replacement": resource.get("UpdateReplacePolicy", "Delete"),
            "properties": _fixed(resource),
        }
        for key, resource in sorted(resources.items())
        if resource["Type"] in HOLDS
    }


def losses(before: Frozen, now: Frozen) -> Iterator[str]:
    """One sentence for each thing that a deployment from `before` to `now` would lose, or that nobody has frozen."""
    for key, was in before.items():
        name = f"{key} ({was['type']}: {HOLDS.get(was['type'], 'unknown')})"
        if key not in now:
            yield f"{name} would be deleted: it is gone from the stack, or has another logical id."
        else:
            yield from _changes(name, was, now[key])
    for key in now.keys() - before.keys():
        yield f"{key} ({now[key]['type']}) is new and not frozen yet: {COMMAND}"


def _changes(name: str, was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    if was["type"] != now["type"]:
        yield f"{name} would become another kind of thing, {now['type']}."
        return
    for policy, event in (("deletion", "deleted"), ("replacement", "replaced")):
        if was[policy] != now[policy]:
            yield f"{name} would no longer be kept when it is {event}: {was[policy]} became {now[policy]}."
    old, new = was["properties"], now["properties"]
    for one in sorted(old.keys() | new.keys()):
        if old.get(one) != new.get(one):
            yield f"{name} would be replaced or lose data: {one} is {_text(new, one)} and was {_text(old, one)}."


def unknown_types(resources: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Types of which nobody has said whether they remember something."""
    return {resource["Type"] for resource in resources.values()} - HOLDS.keys() - STATELESS


def _fixed(resource: Mapping[str, Any]) -> dict[str, Any]:
    kind, properties = resource["Type"], resource.get("Properties", {})
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, kind).schema
    paths = [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]
    names = {path.split("/")[2] for path in paths} | set(_LOSES.get(kind, ()))
    found = {name: properties[name] for name in sorted(names) if name in properties}
    if "GlobalSecondaryIndexes" in found:
        indexes = found["GlobalSecondaryIndexes"]
        found["GlobalSecondaryIndexes"] = [{k: v for k, v in index.items() if k != _TUNED} for index in indexes]
    return found


def _text(properties: Mapping[str, Any], name: str) -> str:
    return json.dumps(properties[name]) if name in properties else "not said"


def present() -> dict[str, Any]:
    """The resources of the stack as it is now, by logical id."""
    resources: dict[str, Any] = json.loads(template_path().read_text())["Resources"]
    return resources


if __name__ == "__main__":
    FROZEN.write_text(json.dumps(frozen(present()), indent=1) + "\n")
