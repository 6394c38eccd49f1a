"""The world: the stack brought to life from its template, with everything that happens in it under one clock."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from infra.local.asynchronous import AsyncInvoker
from infra.local.authorizer import TOKEN_LIFETIME, TokenIssuer
from infra.local.clock import Clock
from infra.local.engine import Engine, transport
from infra.local.expiry import Expiry
from infra.local.gateway import Gateway
from infra.local.http_messages import Request, Response
from infra.local.iam import Iam
from infra.local.lambdas import Function, Lambdas
from infra.local.ledger import Ledger
from infra.local.mappings import Mapping
from infra.local.needed_actions import NeededActions
from infra.local.output import Output
from infra.local.provision import dead_letter_queues, provision
from infra.local.queue_source import QueueSource
from infra.local.resource_policies import ResourcePolicies
from infra.local.rules import Rules
from infra.local.schedules import Scheduler
from infra.local.stream_source import StreamSource
from infra.local.synth_cache import template_path
from infra.local.template import Template
from shared.kernel import ids

SETTLE_LIMIT = timedelta(minutes=15)
_RUNAWAY = 1_000_000  # batches in a row without time passing


class Source(Protocol):
    """Something that makes functions run."""

    def poll(self) -> bool:
        """Do the next thing that is due now; False if there was none."""

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which something falls due by itself."""


@dataclass(frozen=True)
class Progress:
    """What a call of `settle` or `advance` did."""

    now: datetime
    moved: timedelta
    counts: dict[str, int]


class World:
    """The service, running in this process. Only one world is active at a time: it holds botocore's transport and the
    service's clock until `close`.

    Every door takes the world's lock, so invocations follow one another. Asynchronous work runs only in `settle`,
    `advance` and `step`; that makes every run the same.
    """

    def __init__(self, template: Template, clock: Clock, *, seed: int = 0) -> None:
        self.clock = clock
        self.template = template
        self.lock = threading.RLock()
        self.output = Output()
        self.ledger = Ledger()
        self.engine = Engine(clock.now, template.account, template.region)
        provision(template, self.engine)
        self.dead_letter_queues = dead_letter_queues(template)
        identities = [identity.name for identity in template.of_type("AWS::SES::EmailIdentity")]
        self.iam = Iam(template, NeededActions(template.account, template.region, identities))
        policies = ResourcePolicies(template)
        functions = [Function.of(resource, template) for resource in template.of_type("AWS::Lambda::Function")]
        for function in functions:
            self.iam.assign(function.name, function.role)
        self.lambdas = Lambdas(functions, clock, self.output)
        self.tokens = TokenIssuer(clock)
        self.gateway = Gateway(template, self.lambdas, policies, self.tokens, clock)
        invoker = AsyncInvoker(template, self.engine, self.lambdas, clock, self.ledger, self.iam)
        self.scheduler = Scheduler(
            template, self.engine, self.lambdas, invoker, clock, self.ledger, self.iam
        )
        rules = Rules(template, self.engine, self.lambdas, invoker, policies)
        self.sources: list[Source] = [*self._mapped_sources(), rules, invoker]
        tables = template.of_type("AWS::DynamoDB::Table")
        self._expiries = [Expiry(self.engine.dynamodb.table(table.name)) for table in tables]
        self.engine.before.append(self.iam.before)
        self.activate()
        ids.reseed(seed)

    @classmethod
    def boot(
        cls,
        template: Path | None = None,
        *,
        start: datetime | None = None,
        runs: bool = False,
        seed: int = 0,
    ) -> World:
        """A new world from a template file, by default from the stack of this project.

        It begins at `start` (by default 2026-01-05T09:00:00Z) and stands still unless it `runs`.
        """
        return cls(Template.load(template or template_path()), Clock(start, runs=runs), seed=seed)

    def activate(self) -> None:
        """Make this the world that the service's code lives in."""
        transport.install(self.engine)
        self.clock.install()

    def close(self) -> None:
        """Give botocore its network and the service its clock back."""
        if transport.installed() is self.engine:
            transport.uninstall()
        self.clock.uninstall()

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _mapped_sources(self) -> Iterator[Source]:
        """Streams before queues: what a change causes should be on its way before more is taken in."""
        mappings = []
        for resource in self.template.of_type("AWS::Lambda::EventSourceMapping"):
            mapping = Mapping.of(resource, self.lambdas.find)
            mapping.check_rights(self.iam)
            if resource.properties.get("Enabled", True):
                mappings.append(mapping)
        streams = {
            table.stream_arn: table.stream
            for table in map(self.engine.dynamodb.table, self._table_names())
            if table.has_stream
        }
        for mapping in mappings:
            if mapping.source_arn in streams:
                stream = streams[mapping.source_arn]
                yield StreamSource(mapping, stream, self.engine, self.lambdas, self.clock, self.ledger)
        for mapping in mappings:
            if mapping.source_arn not in streams:
                yield QueueSource(mapping, self.engine, self.lambdas, self.clock, self.ledger)

    def _table_names(self) -> list[str]:
        return [table.name for table in self.template.of_type("AWS::DynamoDB::Table")]

    # -- the doors ----------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer an HTTP request, one microsecond after the one before."""
        with self._entered():
            self.clock.tick()
            return self.gateway.handle(request)

    def http(
        self,
        method: str,
        target: str,
        *,
        json: Any = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = None,
    ) -> Response:
        """Answer an HTTP request without a socket; `target` is path and query, percent-encoded."""
        return self.handle(Request.of(method, target, json=json, body=body, headers=headers, token=token))

    def token(
        self, *names: str, client: str = "local-shop", lifetime: timedelta = TOKEN_LIFETIME
    ) -> str:
        """A token with the scopes of these names (`storefront`, `operations`). Raises ValueError for others."""
        by_name = {scope.rpartition("/")[2]: scope for scope in self.gateway.scopes()}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            raise ValueError(f"unknown scopes {unknown}: there are {sorted(by_name)}")
        (authorizer,) = self.gateway.authorizers
        return self.tokens.issue(
            issuer=authorizer.issuer,
            audience=authorizer.audience[0],
            client=client,
            scopes=[by_name[name] for name in names],
            lifetime=lifetime,
        )

    def send(self, queue: str, body: str, **members: Any) -> str:
        """Send a message to the queue of this name and return the message's id."""
        params = {"QueueUrl": self.engine.sqs.url(queue), "MessageBody": body, **members}
        with self._entered():
            return str(self.engine.execute("sqs", "SendMessage", params)["MessageId"])

    # -- time and work ------------------------------------------------------------------------------------------

    def settle(self) -> Progress:
        """Run until every queue and stream is quiet.

        Delays, batching windows, visibility timeouts and retries are waited for, 15 minutes in all at the most; what
        is due later stays. Schedules on the way run in their turn.
        """
        return self._measured(lambda: self._run_until(self.clock.now() + SETTLE_LIMIT, work_only=True))

    def advance(self, duration: timedelta) -> Progress:
        """Let `duration` pass: what falls due happens in order of time, then the world settles."""
        if duration < timedelta(0):
            raise ValueError("time does not run backwards")

        def pass_time() -> None:
            target = self.clock.now() + duration
            self._run_until(target, work_only=False)
            self.clock.advance_to(target)
            self._run_until(self.clock.now() + SETTLE_LIMIT, work_only=True)

        return self._measured(pass_time)

    def step(self) -> bool:
        """Do what is due now, one batch per source; False if there was nothing. For a world that runs."""
        with self._entered():
            fired = self._fire_due()
            return bool(sum([source.poll() for source in self.sources])) or fired

    def next_due(self) -> datetime | None:
        """When something happens next if nobody does anything."""
        now = self.clock.now()
        return _earliest(self._next_work(now), self._next_planned(now))

    @contextlib.contextmanager
    def _entered(self) -> Iterator[None]:
        with self.lock:
            if transport.installed() is not self.engine:
                self.activate()
            yield

    def _measured(self, action: Callable[[], None]) -> Progress:
        with self._entered():
            before, began = self.ledger.totals(), self.clock.now()
            action()
            counts = {name: total - before[name] for name, total in self.ledger.totals().items()}
            return Progress(self.clock.now(), self.clock.now() - began, counts)

    def _run_until(self, limit: datetime, *, work_only: bool) -> None:
        """Let things happen in order of time up to `limit`; with `work_only` stop as soon as no work is left, however
        much is planned for later."""
        while True:
            self._fire_due()
            self._drain()
            now = self.clock.now()
            work = self._next_work(now)
            if work_only and (work is None or work > limit):
                return
            due = _earliest(work, self._next_planned(now))
            if due is None or due > limit:
                return
            self.clock.advance_to(due)

    def _drain(self) -> None:
        """Poll the sources in turn until none of them has anything to do now."""
        rounds = 0
        while sum([source.poll() for source in self.sources]):
            rounds += 1
            if rounds > _RUNAWAY:
                raise RuntimeError("the work does not end: it makes new work for the same instant again and again")

    def _fire_due(self) -> bool:
        now = self.clock.now()
        return bool(sum(expiry.fire_due(now) for expiry in self._expiries) + self.scheduler.fire_due())

    def _next_work(self, now: datetime) -> datetime | None:
        return _earliest(*(source.next_due(now) for source in self.sources))

    def _next_planned(self, now: datetime) -> datetime | None:
        return _earliest(self.scheduler.next_due(now), *(expiry.next_due(now) for expiry in self._expiries))


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)
