"""A Lambda function with its own role and its own log group, allowed exactly what its row of permissions says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.mail import Mail
from infra.constructs.naming import construct_id, env_name, kebab
from infra.constructs.python_code import ARCHITECTURE, RUNTIME
from infra.constructs.table import INDEX
from infra.options import Options
from infra.permissions import GRANTS, Grants
from shared.runtime import environment
from shared.runtime.metric_names import NAMESPACE

# What StartMessageMoveTask asks of its caller on the dead-letter queue; it reads and deletes in the caller's name.
_REDRIVE = ("sqs:StartMessageMoveTask", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

LIVE = "live"
"""Name of the alias through which every function is started."""


@dataclass(frozen=True)
class Graveyards:
    """Dead-letter queues: `of_work` by the name of their work queue, `of_services` where a service wrote by itself."""

    of_work: Mapping[str, sqs.IQueue]
    of_services: Mapping[str, sqs.IQueue]


@dataclass(frozen=True)
class House:
    """What functions can be allowed to use."""

    options: Options
    code: lambda_.Code
    table: dynamodb.Table
    queues: Mapping[str, sqs.IQueue]
    bus: events.CfnEventBus
    mail: Mail
    signing_secret: secretsmanager.Secret
    public_url: str
    graveyards: Graveyards = field(default_factory=lambda: Graveyards({}, {}))


class BusinessFunction(Construct):
    """One step of the process: `functions/<name>/handler.py`.

    `impact` completes "If it fails, ..." in its alarm. Reserved concurrency is deliberately not set: it would fail to
    deploy into a new account (quota of 10), and the queues already bound how much runs at once.

    Whatever starts it starts `live`, the alias of the version that was deployed last, never the function itself: what
    is being deployed works on nothing before it is whole. A new version is made when code or settings differ.
    """

    failures_of_one: int | None = None
    """How many failures of three minutes may be those of one bad message or record; None: it is handed nothing."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        house: House,
        *,
        purpose: str,
        impact: str,
        timeout: int = 60,
        memory: int = 512,
    ) -> None:
        super().__init__(scope, construct_id(name))
        self.name = kebab(name)
        self.impact = impact
        self.timeout = timeout
        physical = house.options.name(f"backorders-{self.name}")
        self._policy = iam.PolicyDocument()
        self.role = self._role(physical)
        self.log_group = self._log_group(physical)
        self.may(("logs:CreateLogStream", "logs:PutLogEvents"), self.log_group.log_group_arn)
        self._grant(GRANTS[name], house)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=physical,
            description=purpose,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=house.code,
            handler=f"functions.{name}.handler.handler",
            timeout=cdk.Duration.seconds(timeout),
            memory_size=memory,
            role=self.role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            environment=dict(_environment(self.name, GRANTS[name], house)),
        )
        # The function refers to its role, which orders the two already; cfn-lint objects to saying it twice.
        cast(lambda_.CfnFunction, self.function.node.default_child).add_deletion_override("DependsOn")
        self.live = lambda_.Alias(self, "Live", alias_name=LIVE, version=self.function.current_version)

    def _role(self, physical: str) -> iam.Role:
        return iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {physical} may do",
            inline_policies={"permissions": self._policy},
        )

    def _log_group(self, physical: str) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{physical}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )

    def may(self, actions: Sequence[str], *resources: str) -> None:
        """Allow exactly these actions on exactly these ARNs."""
        if actions:
            self._policy.add_statements(iam.PolicyStatement(actions=list(actions), resources=list(resources)))

    def _grant(self, grants: Grants, house: House) -> None:
        self.may(grants.table, house.table.table_arn)
        self.may(grants.index, f"{house.table.table_arn}/index/{INDEX}")
        if grants.sends_to:
            self.may(("sqs:SendMessage",), *(house.queues[name].queue_arn for name in grants.sends_to))
        if grants.publishes:
            self.may(("events:PutEvents",), house.bus.attr_arn)
        if grants.mails:
            self.may(("ses:SendEmail",), *house.mail.sending_arns)
        if grants.signs:
            self.may(("secretsmanager:GetSecretValue",), house.signing_secret.secret_arn)
        self._grant_dead_letters(grants, house)

    def _grant_dead_letters(self, grants: Grants, house: House) -> None:
        of_work, of_services = house.graveyards.of_work, house.graveyards.of_services
        if grants.counts_dead_letters:
            everywhere = [*of_work.values(), *of_services.values()]
            self.may(("sqs:GetQueueAttributes",), *(queue.queue_arn for queue in everywhere))
        if grants.redrives:
            self.may(_REDRIVE, *(queue.queue_arn for queue in of_work.values()))
            self.may(("sqs:SendMessage",), *(house.queues[name].queue_arn for name in of_work))


def _environment(name: str, grants: Grants, house: House) -> Iterator[tuple[str, str]]:
    yield environment.STAGE, house.options.stage
    yield "POWERTOOLS_SERVICE_NAME", name
    yield "POWERTOOLS_METRICS_NAMESPACE", NAMESPACE
    yield "POWERTOOLS_LOG_LEVEL", "INFO"
    if grants.table:
        yield environment.TABLE_NAME, house.table.table_name
    for queue in grants.sends_to:
        yield env_name(queue), house.queues[queue].queue_url
    if grants.publishes:
        yield environment.EVENT_BUS_NAME, house.bus.ref
    if grants.mails:
        yield environment.MAIL_SENDER, house.mail.sender
        yield environment.MAIL_CONFIGURATION_SET, house.mail.configuration_set_name
    if grants.signs:
        yield environment.SIGNING_SECRET_ARN, house.signing_secret.secret_arn
        yield environment.PUBLIC_URL, house.public_url
    if grants.counts_dead_letters or grants.redrives:
        yield environment.DEAD_LETTER_QUEUES, _urls(house.graveyards.of_work)
    if grants.counts_dead_letters:
        yield environment.DEAD_LETTER_QUEUES_OF_SERVICES, _urls(house.graveyards.of_services)


def _urls(queues: Mapping[str, sqs.IQueue]) -> str:
    return str(cdk.Fn.join(" ", [queue.queue_url for queue in queues.values()]))
