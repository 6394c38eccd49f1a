"""The service without its stack: one table, its queues and its secret in the in-process engine, and events as the
gateway sends them. The topology itself is tested where the template is; here the doors are."""

from __future__ import annotations

import base64
import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

from infra.local.clock import Clock
from infra.local.engine import Engine
from infra.local.engine.transport import install, uninstall
from infra.local.receivers import Receivers
from infra.routes import OPERATIONS, ROUTES, STOREFRONT
from shared.aws.table import Table

T = TypeVar("T")

REGION, ACCOUNT = "eu-west-1", "111122223333"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:SigningSecret-abcdef"
QUEUES = (
    "record-backorders",
    "tally-demand",
    "allocate-stock.fifo",
    "release-orders.fifo",
    "send-purchase-orders",
    "notify-customers",
    "notify-subscribers.fifo",
    "record-mail-outcomes",
    "deliver-webhooks",
)
DEAD = "tally-demand-dead"
LOST = "fan-out-changes-dead"
_STRING_KEY = [("pk", "HASH"), ("sk", "RANGE")]
_TABLE = {
    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in _STRING_KEY],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi1pk", "gsi1sk")
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "gsi1",
            "KeySchema": [
                {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}


@dataclass
class Reply:
    """What a client of the HTTP API sees."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def page(self) -> bool:
        """Whether it is meant for a browser."""
        return self.headers.get("Content-Type", "").startswith("text/html")

    @property
    def pointers(self) -> list[str]:
        """The fields a problem names."""
        return [error["pointer"] for error in self.json["errors"]]


@dataclass
class Context:
    """The Lambda context, as far as doors look at it."""

    aws_request_id: str = "00000000-0000-0000-0000-000000000001"
    function_name: str = "api"
    seconds_left: float = 29.0

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds_left * 1000)


@dataclass
class Service:
    """An account with the service's resources. Use `running()`."""

    engine: Engine
    clock: Clock
    receivers: Receivers
    context: Context = field(default_factory=Context)
    requests: int = 0
    running: int = 0

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Run the function of this folder on an event, as Lambda would."""
        handler = importlib.import_module(f"functions.{function}.handler").handler
        with self.clock.held(), patch.dict("os.environ", environment(self.engine, function)):
            self.running += 1
            try:
                return handler(json.loads(json.dumps(event)), self.context)
            finally:
                self.running -= 1

    def call(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        scopes: str | None = OPERATIONS,
        client: str = "shop",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One HTTP request through the API's function. `body` may be JSON, text or bytes; POST gets a key of its own."""
        self.requests += 1
        if not self.running:  # a request in the middle of another has the same time
            self.clock.tick()
        given = {"host": "api.example.com", **({} if body is None else {"content-type": "application/json"})}
        if method == "POST":
            given["idempotency-key"] = f"key-{self.requests}"
        given |= {name.lower(): value for name, value in (headers or {}).items()}
        given = {name: value for name, value in given.items() if value != ""}
        event = api_event(method, target, body, given, scopes=scopes, client=client, number=self.requests)
        answer = self.invoke("api", event)
        return Reply(answer["statusCode"], answer["headers"], answer["body"])

    def invoke_with_table(self, work: Callable[[Table], T]) -> T:
        """Do something with the table as the service's own code would."""
        with patch.dict("os.environ", environment(self.engine, "test")):
            return work(Table("Table"))

    def items(self) -> list[dict[str, Any]]:
        """Everything in the table, in wire form, in order of key."""
        found: list[dict[str, Any]] = []
        request: dict[str, Any] = {"TableName": "Table"}
        while True:
            answer = self.engine.execute("dynamodb", "Scan", request)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def environment(engine: Engine, function: str) -> dict[str, str]:
    """The variables a function might be given: all, because here no policy is tested."""
    urls = {
        f"{name.removesuffix('.fifo').upper().replace('-', '_')}_QUEUE_URL": engine.sqs.url(name) for name in QUEUES
    }
    return urls | {
        "TABLE_NAME": "Table",
        "EVENT_BUS_NAME": "backorders",
        "MAIL_SENDER": "orders@example.com",
        "MAIL_CONFIGURATION_SET": "backorders",
        "SIGNING_SECRET_ARN": SECRET,
        "PUBLIC_URL": "https://orders.example.com",
        "DEAD_LETTER_QUEUES": engine.sqs.url(DEAD),
        "DEAD_LETTER_QUEUES_OF_SERVICES": engine.sqs.url(LOST),
        "REDRIVE_FUNCTION_ARN": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:backorders-redrive-dead-letters",
        "STAGE": "test",
        "POWERTOOLS_SERVICE_NAME": function.replace("_", "-"),
        "POWERTOOLS_METRICS_NAMESPACE": "Backorders",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


@contextmanager
def running() -> Iterator[Service]:
    """A fresh account, with botocore talking to it and its clock installed."""
    clock = Clock()
    engine = Engine(clock.now, account=ACCOUNT, region=REGION)
    engine.dynamodb.create_table("Table", _TABLE)
    for name in (*QUEUES, DEAD, LOST):
        engine.sqs.create_queue(name, _queue(engine, name))
    engine.events.create_bus("backorders")
    engine.ses.create_identity("example.com")
    engine.ses.create_configuration_set("backorders")
    engine.secrets.create_secret(SECRET, "SigningSecret")
    receivers = Receivers(clock.now)
    install(engine)
    receivers.install()
    clock.install()
    try:
        yield Service(engine, clock, receivers)
    finally:
        receivers.uninstall()
        clock.uninstall()
        uninstall()


def _queue(engine: Engine, name: str) -> dict[str, Any]:
    """Only one queue gives up, after a single try."""
    if name == DEAD.replace("-dead", ""):
        return {"RedrivePolicy": {"deadLetterTargetArn": engine.sqs.arn(DEAD), "maxReceiveCount": 1}}
    return {"FifoQueue": True} if name.endswith(".fifo") else {}


def api_event(
    method: str,
    target: str,
    body: Any,
    headers: dict[str, str],
    *,
    scopes: str | None,
    client: str,
    number: int = 1,
) -> dict[str, Any]:
    """An event of payload format 2.0 for a request line such as `GET /v1/items?limit=2`."""
    url = urlsplit(target)
    path = unquote(url.path)
    route, parameters = _route(method, path)
    context: dict[str, Any] = {
        "accountId": ACCOUNT,
        "apiId": "a1b2c3d4e5",
        "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
        "requestId": f"request-{number}=",
        "routeKey": route,
        "stage": "$default",
        "timeEpoch": 1767603600000,
    }
    if scopes is not None and route != "$default":
        claims = {"client_id": client, "scope": scopes, "sub": client, "token_use": "access"}
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": scopes.split()}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": url.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if parameters:
        event["pathParameters"] = parameters
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    elif body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def _route(method: str, path: str) -> tuple[str, dict[str, str]]:
    segments = path.split("/")
    for route in sorted(ROUTES, key=lambda route: route.path.count("{")):
        pattern = route.path.split("/")
        if route.method != method or len(pattern) != len(segments):
            continue
        pairs = list(zip(pattern, segments, strict=True))
        if all(want == got or (want.startswith("{") and got) for want, got in pairs):
            return route.key, {want[1:-1]: got for want, got in pairs if want.startswith("{")}
    return "$default", {}


BOTH = f"{STOREFRONT} {OPERATIONS}"
