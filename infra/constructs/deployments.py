"""How a new version takes over: a tenth of the work at first, all of it when nothing rings for ten minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.exceptions import accept
from infra.constructs.functions import LIVE, BusinessFunction
from infra.constructs.naming import construct_id
from infra.options import Options

_CANARY = "CodeDeployDefault.LambdaCanary10Percent10Minutes"
_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
"""What AWS offers; the alarms ring after six minutes of errors, so five would be too short."""


class Deployments(Construct):
    """Aliases that are moved by CodeDeploy, which moves them back as soon as one of their alarms rings.

    A canary of queues and streams gets a tenth of the batches. Without `canary` an alias moves at once and whatever
    rings: how a repair is deployed while the alarm rings that it is to silence.

    Made of plain resources: the CDK's own would bring a managed policy for all functions of the account.
    """

    def __init__(self, scope: Construct, options: Options) -> None:
        super().__init__(scope, "Deployments")
        self._canary = options.canary
        self._policy = iam.PolicyDocument()
        self._role = role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"),
            description="Moves the aliases of the functions from one version to the next",
            inline_policies={"permissions": self._policy},
        )
        self._may(("cloudwatch:DescribeAlarms",), "*")
        accept("IAM5[Resource::*]", "cloudwatch:DescribeAlarms reads only, and is asked for all alarms at once", [role])
        self._application = codedeploy.CfnApplication(self, "Application", compute_platform="Lambda")

    def _may(self, actions: Sequence[str], resource: str) -> None:
        self._policy.add_statements(iam.PolicyStatement(actions=list(actions), resources=[resource]))

    def shift(self, function: BusinessFunction, alarms: Sequence[cloudwatch.Alarm]) -> None:
        """Let new versions of `function` take over bit by bit, unless one of the `alarms` rings."""
        arn = function.function.function_arn
        self._may(("lambda:GetAlias", "lambda:UpdateAlias"), arn)
        # Not by reference: the alias is deployed by the group, and the group by this role.
        self._may(("lambda:GetProvisionedConcurrencyConfig",), f"{arn}:{LIVE}")
        group = codedeploy.CfnDeploymentGroup
        made = group(
            self,
            construct_id(function.name),
            application_name=self._application.ref,
            service_role_arn=self._role.role_arn,
            deployment_config_name=_CANARY if self._canary else _AT_ONCE,
            deployment_style=group.DeploymentStyleProperty(
                deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL"
            ),
            alarm_configuration=group.AlarmConfigurationProperty(
                enabled=self._canary, alarms=[group.AlarmProperty(name=alarm.alarm_name) for alarm in alarms]
            ),
            auto_rollback_configuration=group.AutoRollbackConfigurationProperty(
                enabled=True, events=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"][: 1 + self._canary]
            ),
        )
        alias = cast(lambda_.CfnAlias, function.live.node.default_child)
        alias.cfn_options.update_policy = cdk.CfnUpdatePolicy(
            code_deploy_lambda_alias_update=cdk.CfnCodeDeployLambdaAliasUpdate(
                application_name=self._application.ref, deployment_group_name=made.ref
            )
        )
