"""What the resources themselves allow: permissions of functions, policies of queues."""

from __future__ import annotations

from typing import Any

from infra.local.aliases import qualified
from infra.local.policies import Statement, allows, glob_matches, parse_document
from infra.local.template import Template, TemplateError


class ResourcePolicies:
    """The AWS::Lambda::Permission and AWS::SQS::QueuePolicy resources of a template."""

    def __init__(self, template: Template) -> None:
        self._account = template.account
        self._permissions: list[dict[str, Any]] = []
        for permission in template.of_type("AWS::Lambda::Permission"):
            name = qualified(permission.properties["FunctionName"])
            self._permissions.append({**permission.properties, "FunctionName": name})
        self._queues: dict[str, list[Statement]] = {}
        for policy in template.of_type("AWS::SQS::QueuePolicy"):
            for url in policy.properties["Queues"]:
                statements = self._queues.setdefault(url.rsplit("/", 1)[-1], [])
                statements += parse_document(policy.properties["PolicyDocument"])

    def may_invoke(self, function_arn: str, service: str, source_arn: str) -> bool:
        """Whether a permission lets `service` invoke the function on behalf of `source_arn`. One on the function says
        nothing about its alias, nor the reverse."""
        name = qualified(function_arn)
        return any(
            permission["FunctionName"] == name
            and permission["Action"] == "lambda:InvokeFunction"
            and permission["Principal"] == service
            and glob_matches(permission.get("SourceArn", "*"), source_arn)
            for permission in self._permissions
        )

    def require_invoke(self, function_arn: str, service: str, source_arn: str, user: str) -> None:
        """Raise TemplateError unless `service` may invoke the function."""
        if not self.may_invoke(function_arn, service, source_arn):
            raise TemplateError(f"{user}: no permission lets {service} invoke {function_arn} for {source_arn}")

    def require_send(self, queue_arn: str, service: str, source_arn: str, user: str) -> None:
        """Raise TemplateError unless `service` may send to the queue."""
        statements = [
            statement
            for statement in self._queues.get(queue_arn.rsplit(":", 1)[-1], [])
            if service in statement.services or "*" in statement.services
        ]
        context = {
            "aws:SourceArn": (source_arn,),
            "aws:SourceAccount": (self._account,),
            "aws:SecureTransport": ("true",),
        }
        if not allows(statements, "sqs:SendMessage", queue_arn, context):
            raise TemplateError(f"{user}: the policy of {queue_arn} does not let {service} send for {source_arn}")
