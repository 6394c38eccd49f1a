"""An AWS account for the tool: SQS is the in-process engine behind botocore; what the engine does not have
(CloudFormation's list of resources, CloudWatch's logs) is answered below botocore's client, from the same world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
from botocore.exceptions import ClientError

from infra.local.world import World
from infra.operator.dead_letters.aws import StackInAws

Json = dict[str, Any]

STACK = "Backorders"
ARN = "arn:aws:sts::111122223333:assumed-role/Operations/jane"
SETTINGS: Json = {"region_name": "eu-west-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
_PAGE = 7


def account(world: World, *, logs_may_be_read: bool = True, of: str = "") -> StackInAws:
    """The stack of a world that was booted with `wire`; with `of` only its resources of such a type."""
    session = botocore.session.get_session()
    clients = [session.create_client(name, **SETTINGS) for name in ("cloudformation", "sqs", "logs", "dynamodb", "sts")]
    cloudformation, _, logs, _, sts = clients
    resources = [one for one in _resources(world) if one["ResourceType"].startswith(of)]

    def list_stack_resources(params: Json) -> Json:
        if params["StackName"] != STACK:
            missing = {"Code": "ValidationError", "Message": f"Stack with id {params['StackName']} does not exist"}
            raise ClientError({"Error": missing}, "ListStackResources")
        start = int(params.get("NextToken", 0))
        answer: Json = {"StackResourceSummaries": resources[start : start + _PAGE]}
        return answer | ({"NextToken": str(start + _PAGE)} if start + _PAGE < len(resources) else {})

    def filter_log_events(params: Json) -> Json:
        if not logs_may_be_read:
            denied = {"Code": "AccessDeniedException", "Message": "not authorized to perform: logs:FilterLogEvents"}
            raise ClientError({"Error": denied}, "FilterLogEvents")
        about = params["filterPattern"].strip('"')
        wanted = [
            {"message": line.line}
            for line in world.output.lines
            if f"/aws/lambda/{line.function}" == params["logGroupName"]
            and about in line.line
            and line.at.timestamp() * 1000 >= params["startTime"]
        ]
        return {"events": wanted}

    answers(cloudformation, "ListStackResources", list_stack_resources)
    answers(logs, "FilterLogEvents", filter_log_events)
    answers(sts, "GetCallerIdentity", lambda _: {"Arn": ARN})
    return StackInAws(STACK, *clients)


def answers(client: Any, operation: str, answer: Callable[[Json], Json]) -> None:
    """Let botocore have this answer instead of sending its request, after it has checked the parameters."""
    service = client.meta.service_model.service_id.hyphenize()
    given: Json = {}
    client.meta.events.register(
        f"provide-client-params.{service}.{operation}", lambda params, **_: given.update(params)
    )

    class _Http:
        status_code = 200

    def respond(**_: Any) -> tuple[Any, Json]:
        params = dict(given)
        given.clear()
        return _Http(), answer(params) | {"ResponseMetadata": {}}

    client.meta.events.register(f"before-call.{service}.{operation}", respond)


def _resources(world: World) -> Iterator[Json]:
    """As CloudFormation lists them: a queue's physical id is its URL."""
    for resource in world.template.resources():
        physical = world.engine.sqs.url(resource.name) if resource.type == "AWS::SQS::Queue" else resource.name
        yield {
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": physical,
            "ResourceType": resource.type,
            "ResourceStatus": "CREATE_COMPLETE",
        }
