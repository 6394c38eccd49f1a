"""A real table of AWS, made for one run and deleted after it. No other table can be named through this wire."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from tests.engines.trace import SPECIFICATION, TABLE, Params
from tests.engines.wires import DYNAMODB, Wire

_BUSY = frozenset({"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"})
_TRIES = 8
_READY_SECONDS = 300.0
_LAG_SECONDS = 0.25

Sleep = Callable[[float], None]


class Cloud(Wire):
    """The table `name` of an account. Streams are left out: they hold one run's traces in one stream."""

    name = "cloud"
    eventual = True

    def __init__(self, credentials: Any, region: str, table: str, url: str | None, sleep: Sleep = time.sleep) -> None:
        self.table = table
        self._credentials, self._region, self._sleep = credentials, region, sleep
        self._url = url or f"https://dynamodb.{region}.amazonaws.com/"
        self._session = URLLib3Session(timeout=30)

    def send(self, target: str, params: Params) -> tuple[int, Params]:
        """As `Wire.send`; what AWS was too busy for is asked again."""
        own = renamed(params, self.table)
        for attempt in range(_TRIES):
            status, body = self._once(target, own)
            if status < 500 and str(body.get("__type", "")).rpartition("#")[2] not in _BUSY:
                break
            self._sleep(_LAG_SECONDS * 2**attempt)
        return status, named_as_asked(body, self.table)

    def begin(self) -> None:
        """Empty the table; it is made once for all traces."""
        for item in self.items():
            self.ask("DeleteItem", TableName=TABLE, Key={name: item[name] for name in ("pk", "sk")})

    def end(self) -> None:
        """Leave it for the next trace."""

    def wait(self) -> None:
        """Give the index time to catch up."""
        self._sleep(_LAG_SECONDS)

    def create(self) -> None:
        """Make the table; RuntimeError if AWS refuses."""
        self.ask("CreateTable", TableName=TABLE, **SPECIFICATION)

    def wait_until_ready(self) -> None:
        """TimeoutError if that takes too long."""
        until = time.monotonic() + _READY_SECONDS
        while self.ask("DescribeTable", TableName=TABLE)["Table"]["TableStatus"] != "ACTIVE":
            if time.monotonic() > until:
                raise TimeoutError(f"{self.table} did not become ready")
            self._sleep(1.0)

    def delete(self) -> None:
        """Delete the table."""
        self.ask("DeleteTable", TableName=TABLE)

    def _once(self, target: str, params: Params) -> tuple[int, Params]:
        if not target.startswith(DYNAMODB):
            raise ValueError(f"{target} is not asked of an account")
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"}
        request = AWSRequest("POST", self._url, headers=headers, data=json.dumps(params).encode())
        SigV4Auth(self._credentials, "dynamodb", self._region).add_auth(request)
        response = self._session.send(request.prepare())
        return response.status_code, json.loads(response.content or b"{}")


def renamed(params: Params, table: str) -> Params:
    """The request with the run's own table in the place of the trace's, and names that cannot exist for all others."""
    changed = dict(params)
    if "TableName" in params:
        changed["TableName"] = _own(params["TableName"], table)
    if "RequestItems" in params:
        changed["RequestItems"] = {_own(name, table): request for name, request in params["RequestItems"].items()}
    if "TransactItems" in params:
        changed["TransactItems"] = [
            {kind: renamed(action, table) for kind, action in one.items()} for one in params["TransactItems"]
        ]
    return changed


def named_as_asked(body: Params, table: str) -> Params:
    """The answer with the trace's name for the run's own table."""
    by_table = {
        member: {TABLE if name == table else name: told for name, told in body[member].items()}
        for member in ("Responses", "UnprocessedKeys", "UnprocessedItems")
        if isinstance(body.get(member), dict)
    }
    return body | by_table


def _own(name: str, table: str) -> str:
    return table if name == TABLE else f"{table}-{name}"


def missing() -> str | None:
    """Why there is no account to ask; None if there is one."""
    session = botocore.session.get_session()
    session.set_config_variable("metadata_service_num_attempts", 0)
    if session.get_credentials() is None:
        return "no AWS credentials (environment, profile or SSO)"
    if session.get_config_variable("region") is None:
        return "no AWS region (AWS_DEFAULT_REGION or a profile)"
    return None


@contextmanager
def account() -> Iterator[Cloud]:
    """A table in the account of the environment's credentials, deleted at the end whatever happens."""
    session = botocore.session.get_session()
    with made(Cloud(session.get_credentials(), session.get_config_variable("region"), unique_name(), None)) as cloud:
        yield cloud


def unique_name() -> str:
    """A name that no other table has."""
    return f"backorders-engines-{uuid.uuid4().hex}"


@contextmanager
def made(cloud: Cloud) -> Iterator[Cloud]:
    """Its table, from creation to deletion. A name that is taken is refused by AWS and not deleted."""
    cloud.create()
    try:
        cloud.wait_until_ready()
        yield cloud
    finally:
        cloud.delete()
