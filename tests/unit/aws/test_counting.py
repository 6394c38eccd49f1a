"""What calls consume, with and without botocore between the service and the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from infra.local.engine import Engine
from infra.local.engine.transport import install
from shared.aws import counting
from shared.aws.table import Check, ConditionLost, Put, Table, Write
from tests.functions.service import Service, running

KEY = {"pk": "a", "sk": "b"}


@pytest.fixture(params=["wire", "direct"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with running() as made:
        install(made.engine, direct=request.param == "direct")
        counting.take()
        yield made


def consumed(service: Service, work: Callable[[Table], object]) -> dict[str, float]:
    """What it takes, which is also what the table metered."""
    service.engine.dynamodb.meter.reset()
    service.invoke_with_table(work)
    taken = counting.take()
    metered = metered_by(service.engine)
    assert taken.get("read_units", 0) == metered[0]
    assert taken.get("write_units", 0) == metered[1]
    return taken


def metered_by(engine: Engine) -> tuple[float, float]:
    total = engine.dynamodb.meter.total()
    return total.read_units, total.write_units


def put(units: int, sk: str = "b", *, fresh: bool = True) -> Put:
    """A write of so many units: as many started KB."""
    return Put({"pk": "a", "sk": sk, "text": "x" * (1024 * units - 100)}, fresh=fresh)


def test_writing_and_reading_cost_by_the_size_of_the_item(service: Service) -> None:
    assert consumed(service, lambda table: table.write(put(3)))["write_units"] == 3
    assert consumed(service, lambda table: table.get(KEY))["read_units"] == 1
    assert consumed(service, lambda table: list(table.query("a")))["read_units"] == 1
    assert consumed(service, lambda table: table.get_many([KEY, {"pk": "a", "sk": "none"}]))["read_units"] == 2
    assert consumed(service, lambda table: table.delete_idempotent([KEY]))["write_units"] == 3


def test_a_transaction_costs_twice_and_its_repeat_only_reads(service: Service) -> None:
    writes: list[Write] = [put(1), put(2, "c")]
    assert consumed(service, lambda table: table.transact(writes, "token"))["write_units"] == 6
    again = consumed(service, lambda table: table.transact(writes, "token"))
    assert again.get("write_units", 0) == 0
    assert again["read_units"] > 0


@pytest.mark.parametrize(
    ("writes", "least"),
    [
        ([put(1)], 1),
        ([put(1), put(1, "c")], 4),
        ([Check({"pk": "a", "sk": "none"}, "attribute_exists(#pk)"), put(1)], 4),
    ],
)
def test_a_lost_condition_is_counted_as_the_least_that_it_costs(
    service: Service, writes: list[Write], least: int
) -> None:
    service.invoke_with_table(lambda table: table.write(put(1)))
    counting.take()

    def lose(table: Table) -> None:
        with pytest.raises(ConditionLost):
            table.transact(writes)

    assert consumed(service, lose) == {"write_units": least}
