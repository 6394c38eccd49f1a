"""Alarms, each saying what it costs the business and what to do about it."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.functions import BusinessFunction
from infra.constructs.naming import construct_id, kebab
from infra.options import Options
from shared.runtime.metric_names import NAMESPACE, SERVICE, STAGE

_MINUTE = cdk.Duration.minutes(1)
_FIVE_MINUTES = cdk.Duration.minutes(5)
_HOUR = cdk.Duration.hours(1)
_QUIET = cloudwatch.TreatMissingData.NOT_BREACHING


class Alarms(Construct):
    """All alarms of the stack and the topic they go to (by e-mail too, if the context names an address)."""

    def __init__(self, scope: Construct, options: Options) -> None:
        super().__init__(scope, "Alarms")
        stack = cdk.Stack.of(self)
        self._options = options
        self.topic = sns.Topic(self, "Topic", display_name="Backorders alarms", enforce_ssl=True)
        # A topic with a policy of its own no longer lets the account's alarms in by itself.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
        if options.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(options.alarm_email))
        cdk.CfnOutput(stack, "AlarmTopic", value=self.topic.topic_arn)

    @property
    def all(self) -> list[cloudwatch.AlarmBase]:
        """Every alarm raised so far."""
        return [child for child in self.node.children if isinstance(child, cloudwatch.AlarmBase)]

    def dead_letters(self, name: str, queue: sqs.Queue, impact: str) -> None:
        """One message is enough: it was given up, and nothing will take it up again by itself."""
        self._raise(
            construct_id(name.removesuffix("-dead")) + "DeadLetters",
            queue.metric_approximate_number_of_messages_visible(period=_MINUTE, statistic="Maximum"),
            above=0,
            periods=(1, 2),
            text=f"Given up after every retry: {impact} What and why shows `make dead-letters "
            f'ARGS="list --stack {self._options.stack_name}"`; docs/dead-letters.md says what to do about {name}.',
        )

    def waits_too_long(self, name: str, queue: sqs.IQueue, *, minutes: int, impact: str) -> None:
        """Work lies in a queue although nothing failed: too few at once, or throttled."""
        self._raise(
            construct_id(name) + "Waiting",
            queue.metric_approximate_age_of_oldest_message(period=_FIVE_MINUTES, statistic="Maximum"),
            above=minutes * 60,
            periods=(3, 5),
            text=f"Late by more than {minutes} min: {impact} Look at errors and throttles of the function that works "
            f"on {name}; raise its concurrency if it is healthy.",
        )

    def fails(self, function: BusinessFunction, *, hourly: bool = False) -> None:
        """The function raised or timed out; `hourly` for functions that run too rarely for a five-minute rate."""
        self._raise(
            construct_id(function.name) + "Errors",
            function.function.metric_errors(period=_HOUR if hourly else _FIVE_MINUTES, statistic="Sum"),
            above=0,
            periods=(1, 1) if hourly else (2, 3),
            text=f"{function.impact} Open the function's log group and search for level ERROR; work not done is "
            f"retried by itself, then lies in a dead-letter queue.",
        )

    def lags(self, function: BusinessFunction) -> None:
        """A stream reader is behind; the stream forgets after 24 hours."""
        metric = function.function.metric("IteratorAge", period=_MINUTE, statistic="Maximum")
        self._raise(
            construct_id(function.name) + "Lag",
            metric,
            above=60_000,
            periods=(3, 5),
            text=f"More than a minute behind: {function.impact} Look for a record that fails again and again in the "
            f"function's log; it is set aside after ten attempts.",
        )

    def stands_still(self, function: BusinessFunction) -> None:
        """An hourly function did not run for two hours."""
        self._raise(
            construct_id(function.name) + "Missing",
            function.function.metric_invocations(period=_HOUR, statistic="Sum"),
            below=1,
            periods=(2, 2),
            missing=cloudwatch.TreatMissingData.BREACHING,
            text=f"Did not run for two hours: {function.impact} Check that its schedule is enabled and look into "
            f"schedules-dead.",
        )

    def api_fails(self, api: apigateway.HttpApi) -> None:
        """The gateway answered 5xx."""
        self._raise(
            "ApiFailures",
            api.metric_server_error(period=_FIVE_MINUTES, statistic="Sum"),
            above=0,
            periods=(2, 3),
            text="Storefronts and operators get errors instead of answers. Find status 5xx in the access log, then its "
            "request id in the log of backorders-api; roll back if a deployment came before it.",
        )

    def table_throttles(self, table: dynamodb.Table) -> None:
        """DynamoDB turned requests away: one hot SKU, or the throughput cap is reached."""
        for kind in ("Read", "Write"):
            self._raise(
                f"Table{kind}Throttles",
                table.metric(f"{kind}ThrottleEvents", period=_MINUTE, statistic="Sum"),
                above=0,
                periods=(3, 5),
                text=f"{kind}s of the table are turned away and retried: answers and workers are slow. Contributor "
                "Insights names the throttled key; raise the table's maximum throughput if it is no single key.",
            )

    def counts_are_wrong(self, audit: BusinessFunction) -> None:
        """Two audits in a row have found the same thing wrong."""
        for name in ("InvariantViolations", "ReconcileDrift"):
            self._raise(
                name,
                cloudwatch.Metric(
                    namespace=NAMESPACE,
                    metric_name=name,
                    dimensions_map={SERVICE: kebab(audit.name), STAGE: self._options.stage},
                    period=_HOUR,
                    statistic="Maximum",
                ),
                above=0,
                periods=(1, 2),
                text="Counts do not follow from what happened: units may be promised twice or lie unused. Search the "
                "log of audit-books for books_violated, find out how it came to be, then invoke it with a repair.",
            )

    def mail_reputation(self) -> None:
        """SES reviews an account at 5 % bounces or 0.1 % complaints; these alarms come before that."""
        for rate, share, text in (("Bounce", 0.02, "bounces"), ("Complaint", 0.0005, "is reported as spam")):
            self._raise(
                f"Mail{rate}s",
                cloudwatch.Metric(
                    namespace="AWS/SES",
                    metric_name=f"Reputation.{rate}Rate",
                    period=_HOUR,
                    statistic="Maximum",
                ),
                above=share,
                periods=(2, 3),
                text=f"Too much mail {text}; SES may stop sending for the whole account. Find the recipients in the "
                "SES console and stop the import or storefront they come from.",
            )

    def _raise(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        *,
        text: str,
        periods: tuple[int, int],
        above: float | None = None,
        below: float | None = None,
        missing: cloudwatch.TreatMissingData = _QUIET,
    ) -> None:
        threshold = above if above is not None else below
        assert threshold is not None
        operator = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=self._options.name(f"backorders-{name}"),
            alarm_description=text,
            metric=metric,
            threshold=threshold,
            comparison_operator=operator.LESS_THAN_THRESHOLD if above is None else operator.GREATER_THAN_THRESHOLD,
            datapoints_to_alarm=periods[0],
            evaluation_periods=periods[1],
            treat_missing_data=missing,
        )
        notify = actions.SnsAction(self.topic)
        alarm.add_alarm_action(notify)
        alarm.add_ok_action(notify)
