"""The bus on which other systems hear what happened, with a month of replay."""

from __future__ import annotations

from aws_cdk import aws_events as events
from constructs import Construct

from infra.options import Options


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
