"""The world: the stack brought to life from its template, with everything that happens in it under one clock."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.local.aliases import aliases
from infra.local.asynchronous import AsyncInvoker
from infra.local.authorizer import TOKEN_LIFETIME, TokenIssuer
from infra.local.clock import Clock
from infra.local.engine import Engine, transport
from infra.local.expiry import Expiry
from infra.local.function import Function
from infra.local.gateway import Gateway
from infra.local.http_messages import Request, Response
from infra.local.iam import Iam
from infra.local.lambdas import Lambdas
from infra.local.ledger import Ledger
from infra.local.mappings import Mapping
from infra.local.needed_actions import NeededActions
from infra.local.output import Output
from infra.local.provision import dead_letter_queues, provision
from infra.local.queue_source import QueueSource
from infra.local.receivers import Receivers
from infra.local.resource_policies import ResourcePolicies
from infra.local.rules import Rules
from infra.local.schedules import Scheduler
from infra.local.service_metrics import ServiceMetrics
from infra.local.stream_source import StreamSource
from infra.local.synth_cache import kept_template_path
from infra.local.template import Template
from infra.local.timeline import Progress, Source, Timeline
from shared.kernel import ids
from shared.runtime.container import start_cold


class World:
    """The service, running in this process. Only one world is active at a time: it holds botocore's transport and the
    service's clock until `close`.

    Every door takes the world's lock, so invocations follow one another. Asynchronous work runs only in `settle`,
    `advance` and `step`; that makes every run the same.
    """

    def __init__(self, template: Template, clock: Clock, *, seed: int = 0, wire: bool = False) -> None:
        self.clock = clock
        self._wire = wire
        self.template = template
        self.lock = threading.RLock()
        self.output = Output()
        self.ledger = Ledger()
        self.engine = Engine(clock.now, template.account, template.region)
        self.receivers = Receivers(clock.now)
        provision(template, self.engine)
        self.dead_letter_queues = dead_letter_queues(template)
        identities = [identity.name for identity in template.of_type("AWS::SES::EmailIdentity")]
        self.iam = Iam(template, NeededActions(template.account, template.region, identities))
        policies = ResourcePolicies(template)
        functions = [Function.of(resource, template) for resource in template.of_type("AWS::Lambda::Function")]
        for function in functions:
            self.iam.assign(function.name, function.role)
        self.lambdas = Lambdas(functions, clock, self.output, aliases=aliases(template, functions))
        self.tokens = TokenIssuer(clock)
        self.gateway = Gateway(template, self.lambdas, policies, self.tokens, clock)
        invoker = AsyncInvoker(template, self.engine, self.lambdas, clock, self.ledger, self.iam)
        scheduler = Scheduler(template, self.engine, self.lambdas, invoker, clock, self.ledger, self.iam)
        rules = Rules(template, self.engine, self.lambdas, invoker, policies, self.ledger)
        self.sources: list[Source] = [*self._mapped_sources(), rules, invoker]
        expiries = [Expiry(self.engine.dynamodb.table(name), self.output.metrics) for name in self._table_names()]
        observe = ServiceMetrics(self.engine, self.output.metrics).observe
        self.timeline = Timeline(clock, self.ledger, self.sources, scheduler, expiries, observe)
        self.engine.before.append(self._check_rights)
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
        wire: bool = False,
    ) -> World:
        """A new world from a template file, by default from the stack of this project.

        It begins at `start` (by default 2026-01-05T09:00:00Z) and stands still unless it `runs`. With `wire` every
        call of a function goes through all of botocore (serialising, signing, retries, parsing), ten times slower.
        """
        return cls(Template.load(template or kept_template_path()), Clock(start, runs=runs), seed=seed, wire=wire)

    def activate(self) -> None:
        """Make this the world that the service's code lives in; nothing that was read in another is known here."""
        start_cold()
        transport.install(self.engine, direct=not self._wire)
        self.receivers.install()
        self.clock.install()

    def close(self) -> None:
        """Give botocore its network and the service its clock back."""
        if transport.installed() is self.engine:
            transport.uninstall()
            self.receivers.uninstall()
        self.clock.uninstall()

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_rights(self, caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        """Threads that a handler starts do not inherit the caller; what they do is done by the running function."""
        self.iam.before(caller or self.lambdas.running, service, operation, params)

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
                yield StreamSource(
                    mapping, stream, self.engine, self.lambdas, self.clock, self.ledger, copies=self._wire
                )
        for mapping in mappings:
            if mapping.source_arn not in streams:
                yield QueueSource(mapping, self.engine, self.lambdas, self.clock, self.ledger)

    def _table_names(self) -> list[str]:
        return [table.name for table in self.template.of_type("AWS::DynamoDB::Table")]

    def reached_at(self, url: str) -> None:
        """Let links lead to `url`, where this machine serves the API, instead of the address it would have in AWS."""
        for api in self.template.of_type("AWS::ApiGatewayV2::Api"):
            endpoint = self.template.resolve({"Fn::GetAtt": [api.logical_id, "ApiEndpoint"]})
            self.lambdas.replace_in_environments(endpoint, url)

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

    def token(self, *names: str, client: str = "local-shop", lifetime: timedelta = TOKEN_LIFETIME) -> str:
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
        """Run until every queue and stream is quiet; see `Timeline.settle`."""
        with self._entered():
            return self.timeline.settle()

    def advance(self, duration: timedelta) -> Progress:
        """Let `duration` pass, then settle; see `Timeline.advance`."""
        with self._entered():
            return self.timeline.advance(duration)

    def step(self) -> bool:
        """Do what is due now, one batch per source; False if there was nothing. For a world that runs."""
        with self._entered():
            return self.timeline.step()

    @contextlib.contextmanager
    def _entered(self) -> Iterator[None]:
        with self.lock:
            if transport.installed() is not self.engine:
                self.activate()
            yield
