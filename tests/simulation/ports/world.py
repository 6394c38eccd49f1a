"""A world of the template's topology around a table in memory."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from infra.local.clock import Clock
from infra.local.engine import Engine, transport
from infra.local.ledger import Ledger
from infra.local.output import LogLine, Output
from infra.local.receivers import Receivers
from infra.local.stream_source import StreamSource
from infra.local.timeline import Source, Timeline
from infra.local.world import World
from shared.kernel import ids
from shared.runtime import container
from shared.runtime.error_report import describe
from tests.simulation.ports.plans import Carrier, Invoker, Plans
from tests.simulation.ports.queue_source import DirectQueue
from tests.simulation.ports.rows import Rows
from tests.simulation.ports.runtime import Runtime
from tests.simulation.ports.stream import MemoryStream
from tests.simulation.ports.topology import Topology, on_failure


class MemoryWorld(World):
    """The doors of `World`, but for HTTP and tokens."""

    def __init__(self, known: Topology, start: datetime, seed: int) -> None:
        self.template, self.dead_letter_queues = known.prototype.template, known.prototype.dead_letter_queues
        self.lock, self.output, self.ledger = threading.RLock(), Output(), Ledger()
        self.clock = Clock(start)
        self.engine = _engine(known, self.clock)
        self.receivers = Receivers(self.clock.now)
        self.runtime = Runtime(known.prototype.lambdas, known.handlers, self.clock)
        self.lambdas = self.runtime
        self.stream = MemoryStream(known.streams[0].source_arn, self.engine.region, self.clock)
        self.rows = Rows(self.stream.note)
        invoker = Invoker(known.retries, self.engine, self.lambdas, self.clock, self.ledger)
        carrier = Carrier(known.rules, self.engine, self.lambdas, invoker)
        plans = Plans(known.schedules, self.engine, self.lambdas, invoker, self.clock, self.ledger)
        self.sources: list[Source] = [*self._mapped(known), carrier, invoker]
        self.timeline = Timeline(self.clock, self.ledger, self.sources, plans, [])
        self.activate()
        container.start_cold()
        on_failure(self.note)
        ids.reseed(seed)

    def activate(self) -> None:
        transport.install(self.engine, direct=True)
        self.receivers.install()
        self.clock.install()

    def note(self, error: BaseException) -> None:
        """An error that a handler caught, as its log would have it."""
        run = self.runtime.current
        shown = {"level": "ERROR"} | describe(error)
        who = run.who if run else ""
        self.output.lines.append(LogLine(self.clock.now(), who, "", json.dumps(shown)))

    def _mapped(self, known: Topology) -> Iterator[Source]:
        for mapping in known.streams:
            yield StreamSource(mapping, self.stream, self.engine, self.lambdas, self.clock, self.ledger, copies=False)
        for mapping in known.queues:
            queue = self.engine.sqs.queue(self.engine.sqs.name_of(mapping.source_arn))
            yield DirectQueue(mapping, queue, self.lambdas, self.clock, self.ledger)

    @contextlib.contextmanager
    def _entered(self) -> Iterator[None]:
        yield


def _engine(known: Topology, clock: Clock) -> Engine:
    """As `infra.local.provision` makes it, but for the table."""
    model, made = known.prototype, known.resources
    engine = Engine(clock.now, model.engine.account, model.engine.region)
    kept: Any = []  # not packed: a seed is over soon
    engine.events.published, engine.ses.mailbox = kept, kept.copy()
    for queue in made["AWS::SQS::Queue"]:
        engine.sqs.create_queue(queue.name, queue.properties)
    for bus in made["AWS::Events::EventBus"]:
        engine.events.create_bus(bus.name)
    for configuration_set in made["AWS::SES::ConfigurationSet"]:
        engine.ses.create_configuration_set(configuration_set.name)
    for identity in made["AWS::SES::EmailIdentity"]:
        engine.ses.create_identity(identity.name)
    for secret in made["AWS::SecretsManager::Secret"]:
        engine.secrets.create_secret(str(model.template.resolve({"Ref": secret.logical_id})), secret.name)
    return engine
