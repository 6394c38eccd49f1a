"""A table and a mailbox in this process, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from infra.local.engine import Engine, transport
from shared.aws.notices_store import TableNotices
from shared.aws.table import Table
from tests.unit.notifications.orders import NOW

TABLE = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi1pk", "gsi1sk")
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
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
    "BillingMode": "PAY_PER_REQUEST",
}


class Time:
    """The test's clock."""

    def __init__(self) -> None:
        self.now: datetime = NOW


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def engine(time: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    engine = Engine(lambda: time.now)
    engine.dynamodb.create_table("backorders", TABLE)
    engine.ses.create_identity("shop.example")
    engine.ses.create_configuration_set("backorders")
    transport.install(engine)
    yield engine
    transport.uninstall()


@pytest.fixture
def table(engine: Engine) -> Table:
    return Table("backorders")


@pytest.fixture
def notices(table: Table) -> TableNotices:
    return TableNotices(table)
