"""An engine with one table under a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from infra.local.engine import Engine, ServiceError

TABLE = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi1pk", "gsi1sk")
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
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
    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
    "BillingMode": "PAY_PER_REQUEST",
}

DynamoDB = Callable[[str, dict[str, Any]], dict[str, Any]]


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Move on by timedelta(**duration)."""
        self.now += timedelta(**duration)


@pytest.fixture(scope="session")
def table_properties() -> dict[str, Any]:
    """Properties of the table `orders`."""
    return TABLE


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def engine(clock: ManualClock) -> Engine:
    engine = Engine(clock)
    engine.dynamodb.create_table("orders", TABLE)
    return engine


@pytest.fixture
def dynamodb(engine: Engine) -> DynamoDB:
    """One DynamoDB operation; TableName is added where it is missing and belongs."""

    def call(operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if not operation.startswith(("Batch", "Transact")):
            params = {"TableName": "orders"} | params
        return engine.execute("dynamodb", operation, params)

    return call


@pytest.fixture
def sqs(engine: Engine) -> DynamoDB:
    return partial(engine.execute, "sqs")


@pytest.fixture
def refusal() -> Callable[..., ServiceError]:
    """The ServiceError a call raises; the test fails if it raises none."""

    def refused(call: Callable[..., Any], *args: Any) -> ServiceError:
        with pytest.raises(ServiceError) as raised:
            call(*args)
        return raised.value

    return refused
