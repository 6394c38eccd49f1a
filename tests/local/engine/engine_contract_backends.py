"""The engines a scenario can run on, all through botocore's clients."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.engine import Engine, transport
from infra.local.engine.errors import UnsupportedRequestError

REGION = "eu-west-1"
QUEUES: dict[str, dict[str, Any]] = {
    "dead": {},
    "work": {"RedrivePolicy": {"deadLetterTargetArn": "{arn:dead}", "maxReceiveCount": 2}},
    "work.fifo": {"FifoQueue": True},
}
# Given anew by each engine, or about the connection.
_INCIDENTAL = frozenset(
    {
        "ResponseMetadata",
        "MessageId",
        "ReceiptHandle",
        "SequenceNumber",
        "EventId",
        "ErrorMessage",
        "ARN",
        "VersionId",
        "CreatedDate",
    }
)

MakeClient = Callable[[str], Any]


@cache
def _session(backend: str) -> botocore.session.Session:
    """One session per backend: it keeps the services' models, which take longest to load. moto's has to be made
    after moto is imported, or its requests would go to the network."""
    return botocore.session.get_session()


@cache
def _client(backend: str, account: str, service: str, url: str | None = None) -> Any:
    """A client without retries."""
    config = Config(retries={"total_max_attempts": 1}, account_id_endpoint_mode="disabled")
    return _session(backend).create_client(
        service,
        region_name=REGION,
        config=config,
        endpoint_url=url,
        aws_access_key_id=account,
        aws_secret_access_key="secret",
    )


@contextmanager
def engine_backend(table: dict[str, Any], *, direct: bool = False) -> Iterator[MakeClient]:
    """The engine of this project, by default over the wire."""
    engine = Engine(lambda: datetime(2026, 1, 5, 9, tzinfo=UTC))
    engine.dynamodb.create_table("orders", table)
    for name, properties in QUEUES.items():
        engine.sqs.create_queue(name, _with_arns(properties, engine.sqs.arn))
    engine.ses.create_identity("shop.example")
    engine.events.create_bus("backorders")
    engine.secrets.create_secret("arn:aws:secretsmanager:eu-west-1:111122223333:secret:signing", "signing", "value")
    transport.install(engine, direct=direct)
    try:
        yield partial(_client, "engine", "key")
    finally:
        transport.uninstall()


@contextmanager
def moto_backend(table: dict[str, Any], services: set[str]) -> Iterator[MakeClient]:
    """moto in this process, with the resources of these services."""
    from moto import mock_aws

    with mock_aws():
        make = partial(_client, "moto", "key")
        create_resources(make, table, "123456789012", services)
        yield make


@contextmanager
def ministack_backend(url: str, account: str, table: dict[str, Any], services: set[str]) -> Iterator[MakeClient]:
    """An account of its own in a running ministack, with the resources of these services."""

    def make(service: str) -> Any:
        return _client("ministack", account, service, url)

    create_resources(make, table, account, services)
    yield make


def create_resources(make: MakeClient, table: dict[str, Any], account: str, services: set[str]) -> None:
    """What `engine_backend` has of these services, created through their APIs."""
    if "dynamodb" in services:
        _create_table(make("dynamodb"), table)
    if "sqs" in services:
        _create_queues(make("sqs"), account)
    if "sesv2" in services:
        make("sesv2").create_email_identity(EmailIdentity="shop.example")
    if "events" in services:
        make("events").create_event_bus(Name="backorders")
    if "secretsmanager" in services:
        make("secretsmanager").create_secret(Name="signing", SecretString="value")


def _create_table(client: Any, table: dict[str, Any]) -> None:
    specification = {name: value for name, value in table.items() if name != "TimeToLiveSpecification"}
    stream = specification.pop("StreamSpecification")
    client.create_table(TableName="orders", StreamSpecification=stream | {"StreamEnabled": True}, **specification)


def _create_queues(client: Any, account: str) -> None:
    for name, properties in QUEUES.items():
        resolved = _with_arns(properties, lambda queue: f"arn:aws:sqs:{REGION}:{account}:{queue}")
        attributes = {key: _attribute(value) for key, value in resolved.items()}
        client.create_queue(QueueName=name, Attributes=attributes)


def run(make: MakeClient, steps: list[Any]) -> list[Any]:
    """The outcome of every step: the answer, or an error's code and what else it tells, without what is
    incidental."""
    receipt = ""
    outcomes = []
    for service, operation, params in steps:
        method = getattr(make(service), re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
        try:
            answer = method(**_filled(params, make, receipt))
        except ClientError as error:
            told = {name: error.response[name] for name in ("Item", "CancellationReasons") if name in error.response}
            for reason in told.get("CancellationReasons", []):
                reason.pop("Message", None)
            outcomes.append(("refused", error.response["Error"]["Code"], _essential(told)))
            continue
        except (KeyError, TypeError, UnsupportedRequestError) as crash:  # moto falls over what AWS refuses
            outcomes.append(("crashed", type(crash).__name__))
            continue
        if params.get("ReturnConsumedCapacity") is None:
            answer.pop("ConsumedCapacity", None)  # moto reports it unasked
        for message in answer.get("Messages", []):
            receipt = message["ReceiptHandle"]
        outcomes.append(_essential(answer))
    return outcomes


def _filled(value: Any, make: MakeClient, receipt: str) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, make, receipt) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, make, receipt) for inner in value]
    if value == "{receipt}":
        return receipt
    if isinstance(value, str) and value.startswith("{url:"):
        known = make("sqs").get_queue_url(QueueName="work")["QueueUrl"]
        return known.removesuffix("work") + value[5:-1]
    return value


def _essential(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {
            key: _essential(inner, key)
            for key, inner in sorted(value.items())
            if (key not in _INCIDENTAL and inner not in ([], {})) or name in ("L", "M", "b", "c")
        }
    if isinstance(value, list):
        essential = [_essential(inner) for inner in value]
        return sorted(essential, key=repr) if name in ("SS", "NS", "BS", "orders", "Successful") else essential
    return value


def _with_arns(properties: dict[str, Any], arn: Callable[[str], str]) -> dict[str, Any]:
    policy = properties.get("RedrivePolicy")
    if policy is None:
        return properties
    return properties | {"RedrivePolicy": policy | {"deadLetterTargetArn": arn("dead")}}


def _attribute(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value).lower()
