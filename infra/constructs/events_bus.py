"""The bus on which other systems hear what happened, with a month of replay."""

from __future__ import annotations

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.options import Options

_SOURCE = "backorders"  # of every event that `publish_events` puts there; a flow test holds the two together


def event_bus(scope: Construct, options: Options) -> events.CfnEventBus:
    """The bus `backorders` and its archive of 30 days, from which a subscriber that was down can be caught up."""
    name = options.name("backorders")
    bus = events.CfnEventBus(scope, "EventBus", name=name, description="What happened to backorders")
    events.CfnArchive(
        scope,
        "EventArchive",
        archive_name=name,
        description="Events of the last 30 days, to be replayed",
        source_arn=bus.attr_arn,
        retention_days=30,
    )
    return bus


def carry(scope: Construct, id_: str, bus: events.CfnEventBus, queue: sqs.Queue, dead: sqs.Queue) -> events.CfnRule:
    """Every event of our own on the bus goes to `queue`, replayed ones too; to `dead`, where the queue's own dead
    letters are, what cannot be handed over within a day."""
    rule = events.CfnRule(
        scope,
        id_,
        description=f"What happened to backorders, to {queue.node.path.rpartition('/')[0].rpartition('/')[2]}",
        event_bus_name=bus.ref,
        event_pattern={"source": [_SOURCE]},
        targets=[
            events.CfnRule.TargetProperty(
                arn=queue.queue_arn,
                id="Queue",
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=dead.queue_arn),
            )
        ],
    )
    for one in (queue, dead):
        one.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                resources=[one.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
            )
        )
    return rule
