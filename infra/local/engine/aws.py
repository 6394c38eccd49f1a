"""The account: every service of the engine behind one door."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from infra.local.engine.caller import current_caller
from infra.local.engine.dynamodb import DynamoDB
from infra.local.engine.errors import ServiceError, UnsupportedRequestError
from infra.local.engine.events import EventBridge
from infra.local.engine.meter import Meter
from infra.local.engine.secrets import SecretsManager
from infra.local.engine.service import Answer, Clock, Params, Service
from infra.local.engine.ses import Ses
from infra.local.engine.sqs import Sqs

Before = Callable[[str | None, str, str, Params], None]
After = Callable[[str | None, str, str, Params, Answer | ServiceError], None]
Watcher = Callable[[str, str, Params, Answer | ServiceError], None]


class Engine:
    """DynamoDB, SQS, SES, EventBridge and Secrets Manager of one account in one region.

    `before` and `after` hold callbacks around every request that comes through the transport. A callback of
    `before` may raise a ServiceError (answered to the client: nothing was done) or anything else (raised
    where the client's socket would have failed). One of `after` sees the answer or the ServiceError and may
    raise the same: then it was done, and the client does not know. `watchers` see every answer and refusal, those of
    callbacks included, and change nothing.

    `meter` counts calls per caller and `service.Operation`; capacity is on `dynamodb.meter`.
    """

    def __init__(self, clock: Clock, account: str = "111122223333", region: str = "eu-west-1") -> None:
        self.clock = clock
        self.account = account
        self.region = region
        self.meter = Meter()
        self.before: list[Before] = []
        self.after: list[After] = []
        self.watchers: list[Watcher] = []
        self.dynamodb = DynamoDB(clock, account, region)
        self.sqs = Sqs(clock, account, region)
        self.ses = Ses(clock, account, region)
        self.events = EventBridge(clock, account, region)
        self.ses.reports = partial(self.events.publish_from_aws, "aws.ses")
        self.secrets = SecretsManager(clock, account, region)
        services: list[Service] = [self.dynamodb, self.sqs, self.ses, self.events, self.secrets]
        self._services = {service.name: service for service in services}
        self._lock = threading.RLock()

    def execute(self, service: str, operation: str, params: Params) -> Answer:
        """Do one request past the hooks. `params` and the answer are in the service's JSON wire format and
        shared with nobody. Raises ServiceError where the service would refuse."""
        answer: Answer = _copy(self._do(service, operation, _copy(params)))
        return answer

    def request(self, service: str, operation: str, params: Params) -> Answer:
        """Do one request with the hooks around it, for the transport: `params` becomes the engine's own, the
        answer shows the engine's own objects and must not be changed."""
        try:
            answer = self._requested(service, operation, params)
        except ServiceError as error:
            self._tell(service, operation, params, error)
            raise
        self._tell(service, operation, params, answer)
        return answer

    def _tell(self, service: str, operation: str, params: Params, outcome: Answer | ServiceError) -> None:
        for watcher in self.watchers:
            watcher(service, operation, params, outcome)

    def _requested(self, service: str, operation: str, params: Params) -> Answer:
        caller = current_caller.get()
        for before in self.before:
            before(caller, service, operation, params)
        outcome: Answer | ServiceError
        try:
            outcome = self._do(service, operation, params)
        except ServiceError as error:
            outcome = error
        for after in self.after:
            after(caller, service, operation, params, outcome)
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome

    def _do(self, service: str, operation: str, params: Params) -> Answer:
        if service not in self._services:
            raise UnsupportedRequestError(f"{service} is not part of the local engine")
        name = f"{service}.{operation}"
        with self._lock:
            try:
                answer = self._services[service].operation(operation)(params)
            except ServiceError:
                self.meter.record(current_caller.get(), name, failed=True)
                raise
            self.meter.record(current_caller.get(), name)
            return answer


def _copy(value: Any) -> Any:
    """A copy of JSON data that shares no dictionary and no list with it."""
    copy = value.copy()
    for key, inner in value.items() if type(value) is dict else enumerate(value):
        if type(inner) is dict or type(inner) is list:
            copy[key] = _copy(inner)
    return copy
