"""Every function acts under its role of the template: a call without a grant is refused, as in the account."""

from __future__ import annotations

from typing import Any

from infra.local.engine.errors import ServiceError
from infra.local.needed_actions import NeededActions
from infra.local.policies import Context, Statement, allows, parse_document
from infra.local.template import Resource, Template, TemplateError

_BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_AWS_MANAGED = {
    _BASIC_EXECUTION: {
        "Statement": {
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        }
    }
}
_REFUSAL_CODES = {"sqs": ("AccessDenied", 403), "sesv2": ("AccessDeniedException", 403)}


class Iam:
    """The roles of the template by ARN, and which of them each function runs under.

    Trust policies are checked for their service only; their conditions guard against other accounts, of which there
    are none here.
    """

    def __init__(self, template: Template, needed: NeededActions) -> None:
        self._needed = needed
        self._statements: dict[str, list[Statement]] = {}
        self._trusts: dict[str, tuple[str, ...]] = {}
        self._role_of_function: dict[str, str] = {}
        self._decisions: dict[tuple[str, str, str], bool] = {}
        names: dict[str, str] = {}
        for role in template.of_type("AWS::IAM::Role"):
            arn = f"arn:aws:iam::{template.account}:role/{role.name}"
            names[role.name] = arn
            self._add_role(arn, role, template)
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for policy in template.of_type(kind):
                for name in policy.properties.get("Roles", []):
                    self._statements[names[name]] += parse_document(policy.properties["PolicyDocument"])

    def _add_role(self, arn: str, role: Resource, template: Template) -> None:
        statements: list[Statement] = []
        for inline in role.properties.get("Policies", []):
            statements += parse_document(inline["PolicyDocument"])
        own = {policy.name: policy for policy in template.of_type("AWS::IAM::ManagedPolicy")}
        for managed in role.properties.get("ManagedPolicyArns", []):
            if managed in _AWS_MANAGED:
                statements += parse_document(_AWS_MANAGED[managed])
            elif managed.rsplit("/", 1)[-1] in own:
                statements += parse_document(own[managed.rsplit("/", 1)[-1]].properties["PolicyDocument"])
            else:
                raise TemplateError(f"{role.logical_id} has a managed policy the runner does not know: {managed}")
        self._statements[arn] = statements
        trust = role.properties["AssumeRolePolicyDocument"]["Statement"]
        self._trusts[arn] = tuple(
            service
            for statement in (trust if isinstance(trust, list) else [trust])
            for service in _as_list(statement["Principal"].get("Service", []))
        )

    def assign(self, function: str, role_arn: str) -> None:
        """Let the function of this name run under the role. Raises TemplateError if Lambda may not assume it."""
        self.require_trust(role_arn, "lambda.amazonaws.com", f"function {function}")
        self._role_of_function[function] = role_arn

    def require_trust(self, role_arn: str, service: str, user: str) -> None:
        """Raise TemplateError unless `service` may assume the role."""
        if service not in self._trusts.get(role_arn, ()):
            raise TemplateError(f"{user}: {service} may not assume {role_arn}")

    def require(self, role_arn: str, action: str, resource: str, user: str) -> None:
        """Raise TemplateError, as the deployment would fail, unless the role may do it."""
        if not self.allows(role_arn, action, resource):
            raise TemplateError(f"{user}: {role_arn} needs {action} on {resource}")

    def role_of(self, function: str) -> str:
        """ARN of the role of a function."""
        return self._role_of_function[function]

    def allows(self, role_arn: str, action: str, resource: str, context: Context | None = None) -> bool:
        """Whether the role may do the action on the resource."""
        statements = self._statements[role_arn]
        key = (role_arn, action, resource)
        if key in self._decisions:
            return self._decisions[key]
        decision = allows(statements, action, resource, context or {})
        if not any(statement.conditions for statement in statements):
            self._decisions[key] = decision
        return decision

    def before(self, caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        """Hook of the engine: raises the service's refusal. The runner itself (no caller) may do anything."""
        if caller is None:
            return
        role = self.role_of(caller)
        for need in self._needed.of(service, operation, params):
            if not self.allows(role, need.action, need.resource, dict(need.context)):
                code, status = _REFUSAL_CODES.get(service, ("AccessDeniedException", 400))
                raise ServiceError(
                    code,
                    f"User: {role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/{caller} is not "
                    f"authorized to perform: {need.action} on resource: {need.resource} because no identity-based "
                    f"policy allows the {need.action} action",
                    status,
                    shape="AccessDeniedException",
                )


def _as_list(value: Any) -> list[str]:
    return list(value) if isinstance(value, list) else [value]
