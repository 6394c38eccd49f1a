"""The engines that a trace can be played on, all through the bytes of DynamoDB's JSON protocol.

There is no client in between: what a client would refuse, repair or repeat reaches the engine as it is.
"""

from __future__ import annotations

import asyncio
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict

from infra.local.engine import Engine
from infra.local.engine.transport import respond
from tests.engines import moto_store
from tests.engines.trace import SPECIFICATION, STREAM, TABLE, Item, Outcome, Params, Step

DYNAMODB = "DynamoDB_20120810"
STREAMS = "DynamoDBStreams_20120810"
REGION = "eu-west-1"
_ASGI: Params = {
    "type": "http",
    "asgi": {"version": "3.0"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/",
    "raw_path": b"/",
    "root_path": "",
    "query_string": b"",
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 1),
}
_CREDENTIAL = "AWS4-HMAC-SHA256 Credential={}/20260105/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"


class Wire(ABC):
    """One engine. `streams` and `index` tell whether these are compared, `eventual` whether its index lags."""

    name: str
    streams = False
    index = True
    eventual = False

    @abstractmethod
    def send(self, target: str, params: Params) -> tuple[int, Params]:
        """HTTP status and body of one request."""

    def do(self, step: Step) -> Outcome:
        """The outcome of a step."""
        try:
            status, body = self.send(f"{DYNAMODB}.{step.operation}", step.params)
        except Exception as error:  # noqa: BLE001 - in a process with us an engine falls in as many ways as it has mistakes
            return Outcome(type(error).__name__, {}, str(error), broke=True)
        return _outcome(status, body)

    def begin(self) -> None:
        """An empty table."""
        created = self.ask("CreateTable", TableName=TABLE, **SPECIFICATION, **self._stream())
        self._arn = created["TableDescription"].get("LatestStreamArn")

    def end(self) -> None:
        """No table."""
        self.ask("DeleteTable", TableName=TABLE)

    def wait(self) -> None:
        """Let time pass, where there is a lag."""
        return

    def records(self) -> list[Params]:
        """All records of the table's stream, oldest first."""
        stream = self.ask("DescribeStream", STREAMS, StreamArn=self._arn)["StreamDescription"]
        found: list[Params] = []
        for shard in stream["Shards"]:
            given = {"StreamArn": self._arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = self.ask("GetShardIterator", STREAMS, **given).get("ShardIterator")
            while iterator:
                page = self.ask("GetRecords", STREAMS, ShardIterator=iterator)
                found += page["Records"]
                iterator = page.get("NextShardIterator") if page["Records"] else None
        return found

    def items(self, index: str | None = None) -> list[Item]:
        """Everything in the table or in its index."""
        found: list[Item] = []
        given: Params = {"TableName": TABLE} | ({"IndexName": index} if index else {"ConsistentRead": True})
        while True:
            page = self.ask("Scan", **given)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            given["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def entangled(self) -> bool:
        """Whether it holds one value in two places, and would change both for one. It must begin anew then."""
        return False

    def ask(self, operation: str, service: str = DYNAMODB, **params: Any) -> Params:
        """The answer to a request of the comparison itself; RuntimeError if there is none."""
        status, body = self.send(f"{service}.{operation}", params)
        if status != 200:
            raise RuntimeError(f"{self.name} refused {operation}: {body}")
        return body

    def _stream(self) -> Params:
        return {"StreamSpecification": STREAM} if self.streams else {}


def _outcome(status: int, body: Params) -> Outcome:
    if status == 200:
        return Outcome("", body)
    code = str(body.get("__type", "")).rpartition("#")[2]
    message = str(body.get("message") or body.get("Message") or "")
    rest = {name: value for name, value in body.items() if name.lower() not in {"__type", "message"}}
    return Outcome(code or str(status), rest, message, broke=status >= 500)


class Ours(Wire):
    """The engine of this project, with a new one for every trace."""

    name = "ours"
    streams = True

    def begin(self) -> None:
        self._engine = Engine(lambda: datetime(2026, 1, 5, 9, tzinfo=UTC))
        self.table = self._engine.dynamodb.create_table(TABLE, SPECIFICATION | {"StreamSpecification": STREAM})

    def end(self) -> None:
        del self._engine, self.table

    def records(self) -> list[Params]:
        return self.table.stream.read(0, self.table.stream.last_position)

    def send(self, target: str, params: Params) -> tuple[int, Params]:
        return _in_process(lambda request: respond(self._engine, request), target, params, "ours")


class Moto(Wire):
    """moto in this process. Its streams copy the whole table for every action, so that traces leave them out."""

    name = "moto"
    index = False  # it has none, it looks through all items

    def __init__(self, *, streams: bool = False) -> None:
        from moto.core.models import botocore_stubber

        self.streams = streams
        self._stubber = botocore_stubber

    def items(self, index: str | None = None) -> list[Item]:
        """As `Wire.items`, without the way through its answers."""
        return super().items(index) if index is not None else moto_store.items(REGION, TABLE)

    def entangled(self) -> bool:
        """As `Wire.entangled`."""
        return moto_store.entangled(REGION, TABLE)

    def send(self, target: str, params: Params) -> tuple[int, Params]:
        def answer(request: AWSPreparedRequest) -> AWSResponse:
            return self._stubber("before-send", request)

        host = "streams.dynamodb" if target.startswith(STREAMS) else "dynamodb"
        return _in_process(answer, target, params, host)


class Ministack(Wire):
    """ministack in this process: its application, without its server. Thousands of traces have no time to wait for
    each other's turn between two processes; `tests/local/engine` asks it over the network."""

    name = "ministack"
    streams = True

    def __init__(self) -> None:
        self._application = _ministack_application()
        self._loop = asyncio.new_event_loop()
        self._headers = {"host": "localhost", "content-type": "application/x-amz-json-1.0"} | {
            "authorization": _CREDENTIAL.format("100000000001")
        }

    def send(self, target: str, params: Params) -> tuple[int, Params]:
        body = json.dumps(params).encode()
        sent: list[Any] = []

        async def receive() -> Params:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = self._headers | {"x-amz-target": target, "content-length": str(len(body))}
        scope = _ASGI | {"headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
        self._loop.run_until_complete(self._application(scope, receive, send))
        return sent[0]["status"], json.loads(b"".join(one.get("body", b"") for one in sent[1:]) or b"{}")

    def close(self) -> None:
        """Give the event loop back."""
        self._loop.close()


@cache
def _ministack_application() -> Any:
    """Its log is not ours, and it reads its level when it is loaded."""
    before = dict(os.environ)
    os.environ["LOG_LEVEL"] = "CRITICAL"
    try:
        from ministack.app import app
    finally:
        os.environ.clear()
        os.environ.update(before)
    return app


def _in_process(
    answer: Callable[[AWSPreparedRequest], AWSResponse], target: str, params: Params, host: str
) -> tuple[int, Params]:
    headers = HeadersDict(
        {
            "X-Amz-Target": target,
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": _CREDENTIAL.format("key"),
        }
    )
    url = f"https://{host}.{REGION}.amazonaws.com/"
    response = answer(AWSPreparedRequest("POST", url, headers, json.dumps(params).encode(), stream_output=False))
    return response.status_code, json.loads(response.content or b"{}")


@contextmanager
def moto(*, streams: bool = False) -> Iterator[Moto]:
    """moto, answering until it is closed."""
    from moto import mock_aws

    with mock_aws():
        yield Moto(streams=streams)


@contextmanager
def ministack() -> Iterator[Ministack]:
    """ministack, answering until it is closed."""
    wire = Ministack()
    try:
        yield wire
    finally:
        wire.close()
