"""A store of metrics into which an incident is told as AWS and our functions would tell it, minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from infra.local.alarms import CompositeAlarm, MetricAlarm, histories, read_alarms
from infra.local.alarms.history import fired
from infra.local.function import Function
from infra.local.metric_store import MetricStore
from infra.local.synth_cache import template_path
from infra.local.template import Template

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@cache
def template() -> Template:
    """The stack's own."""
    loaded = Template.load(template_path())
    for table in loaded.of_type("AWS::DynamoDB::Table"):
        loaded.bind(table.logical_id, "StreamArn", f"{table.name}/stream")
    return loaded


@cache
def alarms() -> list[MetricAlarm | CompositeAlarm]:
    """All of its alarms."""
    return read_alarms(template())


def short(name: str) -> str:
    """An alarm's name without the stack's prefix."""
    return name.removeprefix("backorders-")


def rang(store: MetricStore, start: datetime, end: datetime) -> dict[str, list[datetime]]:
    """By short name when alarms began to ring between two instants; those that did not are left out."""
    found = histories(alarms(), store, start, end)
    return {short(name): at for name, history in found.items() if (at := fired(history))}


@dataclass
class Scene:
    """Metrics are told from `START` on."""

    store: MetricStore = field(default_factory=MetricStore)

    def ours(
        self, name: str, service: str, value: float, *, every: timedelta, times: int, start: datetime = START
    ) -> None:
        """A business metric of one of our functions."""
        self.told("Backorders", name, {"service": service, "stage": "prod"}, lambda _: value, every, times, start)

    def aws(self, namespace: str, name: str, value: float, times: int, every: timedelta = MINUTE, **of: str) -> None:
        """A metric of an AWS service."""
        self.told(namespace, name, of, lambda _: value, every, times)

    def told(
        self,
        namespace: str,
        name: str,
        of: dict[str, str],
        value: Callable[[int], float],
        every: timedelta,
        times: int,
        start: datetime = START,
    ) -> None:
        for n in range(times):
            self.store.record(namespace, name, of, value(n), "None", start + n * every)

    def functions(self) -> Iterable[Function]:
        return [Function.of(resource, template()) for resource in template().of_type("AWS::Lambda::Function")]

    def queues(self, *, dead: bool) -> Iterable[str]:
        names = [resource.name for resource in template().of_type("AWS::SQS::Queue")]
        return [name for name in names if ("-dead" in name) == dead]

    def one(self, kind: str) -> Any:
        """What `Ref` answers for the only resource of a kind."""
        (resource,) = template().of_type(f"AWS::{kind}")
        return template().resolve({"Ref": resource.logical_id})
