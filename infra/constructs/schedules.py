"""Hourly work. Deadlines are compared with the clock inside the handlers, so nothing runs more often than that."""

from __future__ import annotations

import json
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.constructs.functions import LIVE, BusinessFunction
from infra.constructs.naming import construct_id
from infra.constructs.queues import dead_letter_queue
from infra.options import Options

_INPUT = json.dumps({"scheduled_time": "<aws.scheduler.scheduled-time>"})
_GIVE_UP_AFTER = 3600  # seconds; by then the next hour's run does the work


class Schedules(Construct):
    """A group of hourly schedules with one dead-letter queue.

    A run may come twice or late: it carries the time it was planned for. The window is exact because order days end at
    an hour of the merchant's clock, and two runs an hour need no spreading.
    """

    def __init__(self, scope: Construct, options: Options) -> None:
        super().__init__(scope, "Schedules")
        stack = cdk.Stack.of(self)
        self.dead = dead_letter_queue(self, "Dead", options.name("schedules-dead"))
        self._group = scheduler.CfnScheduleGroup(self, "Group", name=options.name("backorders"))
        group_arn = stack.format_arn(
            service="scheduler", resource="schedule-group", resource_name=options.name("backorders")
        )
        self.functions: list[BusinessFunction] = []
        self._policy = iam.PolicyDocument()
        self._role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account, "aws:SourceArn": group_arn}},
            ),
            description="Lets the schedules start their functions",
            inline_policies={"permissions": self._policy},
        )
        self._may(("sqs:SendMessage",), self.dead.queue_arn)

    def _may(self, actions: tuple[str, ...], resource: str) -> None:
        self._policy.add_statements(iam.PolicyStatement(actions=list(actions), resources=[resource]))

    def hourly(self, function: BusinessFunction, *, minute: int) -> None:
        """Run `function` every hour at `minute`."""
        self.functions.append(function)
        self._may(("lambda:InvokeFunction",), function.live.function_arn)
        schedule = scheduler.CfnSchedule
        schedule(
            self,
            construct_id(function.name),
            description=f"Starts {function.name} every hour",
            group_name=self._group.ref,
            schedule_expression=f"cron({minute} * * * ? *)",
            schedule_expression_timezone="UTC",
            flexible_time_window=schedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=schedule.TargetProperty(
                arn=function.live.function_arn,
                role_arn=self._role.role_arn,
                input=_INPUT,
                dead_letter_config=schedule.DeadLetterConfigProperty(arn=self.dead.queue_arn),
                retry_policy=schedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_GIVE_UP_AFTER, maximum_retry_attempts=10
                ),
            ),
        )
        self._retry(function)

    def _retry(self, function: BusinessFunction) -> None:
        # The scheduler only hands the event over. A run that then fails is Lambda's to retry and to report.
        function.may(("sqs:SendMessage",), self.dead.queue_arn)
        config = lambda_.CfnEventInvokeConfig
        rules = config(
            self,
            construct_id(function.name) + "Retries",
            function_name=function.function.function_name,
            qualifier=LIVE,
            maximum_event_age_in_seconds=_GIVE_UP_AFTER,
            maximum_retry_attempts=2,
            destination_config=config.DestinationConfigProperty(
                on_failure=config.OnFailureProperty(destination=self.dead.queue_arn)
            ),
        )
        rules.add_resource_dependency(cast(cdk.CfnResource, function.live.node.default_child))
