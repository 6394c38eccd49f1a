"""Alarms, each saying what it costs the business, whose it is, how urgent, and where it says what to do.

An alarm is `page` (somebody gets up) or `ticket` (somebody looks tomorrow). What data that does not come means is
said of each: errors that are not reported did not happen, a heartbeat that is not heard is missed. Names are those of
the construct with the stage before them, never of a version or an alias: a deployment replaces what is watched, not
what watches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.options import Options
from shared.runtime.metric_names import METRICS, NAMESPACE, SERVICE, STAGE

MINUTE = cdk.Duration.minutes(1)
FIVE_MINUTES = cdk.Duration.minutes(5)
HOUR = cdk.Duration.hours(1)
DAY = cdk.Duration.days(1)
QUIET = cloudwatch.TreatMissingData.NOT_BREACHING
_SHOWN = 100
HEARTBEAT = cloudwatch.TreatMissingData.BREACHING

Severity = Literal["page", "ticket"]
Owner = Literal["operations", "purchasing", "customer service"]


@dataclass(frozen=True)
class Meaning:
    """What an alarm says to whoever is called: what is wrong, what it costs, what to look at first. `runbook` names a
    file of docs/runbooks without its ending."""

    text: str
    runbook: str
    severity: Severity
    owner: Owner = "operations"

    def description(self, runbooks: str) -> str:
        """At most 1,024 characters, as CloudWatch has it; `runbooks` is the address before the runbook's path."""
        runbook = f"{runbooks}docs/runbooks/{self.runbook}.md"
        return f"{self.text} Owner: {self.owner}. Severity: {self.severity}. Runbook: {runbook}"


class Alarms(Construct):
    """All alarms of the stack and the topic they go to (by e-mail too, if the context names an address)."""

    def __init__(self, scope: Construct, options: Options) -> None:
        super().__init__(scope, "Alarms")
        stack = cdk.Stack.of(self)
        self.options = options
        self.topic = sns.Topic(self, "Topic", display_name="Backorders alarms", enforce_ssl=True)
        self._pages: list[cloudwatch.IAlarm] = []
        self._tickets: list[cloudwatch.IAlarm] = []
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
    def telling(self) -> dict[Severity, list[cloudwatch.IAlarm]]:
        """Those that tell somebody, by how urgent they are; a widget each. Raises ValueError for more than it shows."""
        found: dict[Severity, list[cloudwatch.IAlarm]] = {"page": self._pages, "ticket": self._tickets}
        for severity, alarms in found.items():
            if len(alarms) > _SHOWN:
                raise ValueError(f"{len(alarms)} alarms of severity {severity}: a widget shows {_SHOWN}, give them two")
        return found

    def when(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        meaning: Meaning,
        *,
        periods: tuple[int, int],
        above: float | None = None,
        below: float | None = None,
        missing: cloudwatch.TreatMissingData = QUIET,
        silent: bool = False,
    ) -> cloudwatch.Alarm:
        """An alarm when `metric` is above or below a bound in so many of so many periods. A `silent` one tells nobody:
        it is part of a composite."""
        threshold = above if above is not None else below
        assert threshold is not None
        operator = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=self.options.name(f"backorders-{name}"),
            alarm_description=meaning.description(self.options.runbooks),
            metric=metric,
            threshold=threshold,
            comparison_operator=operator.LESS_THAN_THRESHOLD if above is None else operator.GREATER_THAN_THRESHOLD,
            datapoints_to_alarm=periods[0],
            evaluation_periods=periods[1],
            treat_missing_data=missing,
        )
        if not silent:
            self._tell(alarm, meaning)
        return alarm

    def composite(self, name: str, rule: cloudwatch.IAlarmRule, meaning: Meaning) -> None:
        """An alarm made of others."""
        alarm = cloudwatch.CompositeAlarm(
            self,
            name,
            composite_alarm_name=self.options.name(f"backorders-{name}"),
            alarm_description=meaning.description(self.options.runbooks),
            alarm_rule=rule,
        )
        self._tell(alarm, meaning)

    def health(self) -> None:
        """One alarm for the stage: is anything wrong for which somebody gets up? It tells nobody: those it is made of
        have told; dashboards and deployments look at it."""
        meaning = Meaning("Something is wrong for which somebody gets up: see which alarms are red.", "health", "page")
        cloudwatch.CompositeAlarm(
            self,
            "Health",
            composite_alarm_name=self.options.name("backorders-Health"),
            alarm_description=meaning.description(self.options.runbooks),
            alarm_rule=any_of(self._pages),
        )

    def _tell(self, alarm: cloudwatch.AlarmBase, meaning: Meaning) -> None:
        notify = actions.SnsAction(self.topic)
        alarm.add_alarm_action(notify)
        alarm.add_ok_action(notify)
        (self._pages if meaning.severity == "page" else self._tickets).append(alarm)

    def ours(self, name: str, service: str, statistic: str, period: cdk.Duration) -> cloudwatch.Metric:
        """A business metric as one service emits it. Raises KeyError for a metric without a meaning."""
        if METRICS[name].by:
            raise ValueError(f"{name} is told apart by {METRICS[name].by}: name one of its series")
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={SERVICE: service, STAGE: self.options.stage},
            period=period,
            statistic=statistic,
        )


def formula(expression: str, period: cdk.Duration, **metrics: cloudwatch.IMetric) -> cloudwatch.MathExpression:
    """Metric math over named metrics."""
    return cloudwatch.MathExpression(expression=expression, using_metrics=metrics, period=period, label=expression)


def any_of(alarms: Sequence[cloudwatch.IAlarm]) -> cloudwatch.IAlarmRule:
    """Whether one of them is in alarm."""
    state = cloudwatch.AlarmState.ALARM
    return cloudwatch.AlarmRule.any_of(*(cloudwatch.AlarmRule.from_alarm(alarm, state) for alarm in alarms))


def all_of(alarms: Sequence[cloudwatch.IAlarm]) -> cloudwatch.IAlarmRule:
    """Whether all of them are in alarm."""
    state = cloudwatch.AlarmState.ALARM
    return cloudwatch.AlarmRule.all_of(*(cloudwatch.AlarmRule.from_alarm(alarm, state) for alarm in alarms))
