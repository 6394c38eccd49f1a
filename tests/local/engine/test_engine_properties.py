"""What holds after any sequence of requests: derived structures equal what they derive from."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.engine import Engine, ServiceError
from infra.local.engine.dynamodb.items import size_of_item

names = st.sampled_from(["a", "b", "c"])
index_values = st.one_of(st.none(), st.sampled_from(["x", "y", "z"]))
rows = st.fixed_dictionaries({"pk": names, "sk": names, "gsi1pk": index_values, "gsi1sk": index_values})
writes = st.lists(st.tuples(st.sampled_from(["put", "update", "delete", "transact"]), rows, st.integers(0, 9)))


def wire(row: dict[str, str | None]) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in row.items() if value is not None}


def do(engine: Engine, kind: str, row: dict[str, str | None], number: int) -> None:
    item = wire(row)
    key = {name: item[name] for name in ("pk", "sk")}
    if kind == "delete":
        engine.execute("dynamodb", "DeleteItem", {"TableName": "orders", "Key": key})
    elif kind == "update":
        expression = f"SET n{number} = :n"
        values: dict[str, Any] = {":n": {"N": str(number)}}
        for name in ("gsi1pk", "gsi1sk"):
            if name in item:
                expression += f", {name} = :{name}"
                values[f":{name}"] = item[name]
        absent = [name for name in ("gsi1pk", "gsi1sk") if name not in item]
        expression += f" REMOVE {', '.join(absent)}" if absent else ""
        update = {"TableName": "orders", "Key": key, "UpdateExpression": expression}
        engine.execute("dynamodb", "UpdateItem", update | {"ExpressionAttributeValues": values})
    else:
        put = {"TableName": "orders", "Item": item | {"number": {"N": str(number)}}}
        if kind == "put":
            engine.execute("dynamodb", "PutItem", put)
        else:
            check = {"TableName": "orders", "Key": wire({"pk": "never", "sk": "never"})}
            condition = "attribute_exists(pk)" if number % 2 else "attribute_not_exists(pk)"
            actions = [{"Put": put}, {"ConditionCheck": check | {"ConditionExpression": condition}}]
            cancelled = pytest.raises(ServiceError, match="TransactionCanceledException")
            with cancelled if number % 2 else nullcontext():
                engine.execute("dynamodb", "TransactWriteItems", {"TransactItems": actions})


def new_engine(table_properties: dict[str, Any]) -> Engine:
    engine = Engine(lambda: datetime(2026, 1, 5, 9, tzinfo=UTC))
    engine.dynamodb.create_table("orders", table_properties)
    return engine


@settings(max_examples=60, deadline=None)
@given(writes)
def test_index_stream_and_sizes_follow_the_table_whatever_is_written(table_properties, sequence):
    engine = new_engine(table_properties)
    for step in sequence:
        do(engine, *step)
    table = engine.dynamodb.table("orders")
    items = {(item["pk"]["S"], item["sk"]["S"]): item for item in table.items()}
    assert all(row.size == size_of_item(row.item) for row in table.rows)

    replayed: dict[tuple[str, str], Any] = {}
    for record in table.stream.read(0, 10_000):
        keys, old = record["dynamodb"]["Keys"], record["dynamodb"].get("OldImage")
        place = keys["pk"]["S"], keys["sk"]["S"]
        assert replayed.pop(place, None) == old
        if "NewImage" in record["dynamodb"]:
            replayed[place] = record["dynamodb"]["NewImage"]
    assert replayed == items

    for partition in ("x", "y", "z"):
        expected = sorted(
            (item["gsi1sk"]["S"], *place)
            for place, item in items.items()
            if item.get("gsi1pk") == {"S": partition} and "gsi1sk" in item
        )
        assert read_index(engine, partition) == expected


def read_index(engine: Engine, partition: str) -> list[tuple[str, str, str]]:
    """Every entry of an index partition, two at a time."""
    params: dict[str, Any] = {
        "TableName": "orders",
        "IndexName": "gsi1",
        "KeyConditionExpression": "gsi1pk = :p",
        "ExpressionAttributeValues": {":p": {"S": partition}},
        "Limit": 2,
    }
    entries = []
    while True:
        page = engine.execute("dynamodb", "Query", params)
        entries += [(item["gsi1sk"]["S"], item["pk"]["S"], item["sk"]["S"]) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return entries
        params["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def test_writers_in_many_threads_lose_no_update(table_properties):
    engine = new_engine(table_properties)
    update = {
        "TableName": "orders",
        "Key": wire({"pk": "a", "sk": "b"}),
        "UpdateExpression": "ADD units :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: engine.execute("dynamodb", "UpdateItem", update), range(800)))
    (item,) = engine.dynamodb.table("orders").items()
    assert item["units"] == {"N": "800"}
    assert engine.dynamodb.meter.total().calls == 800


TRACE = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from conftest import TABLE
from engine_contract_scenarios import SCENARIOS
from test_engine_properties import new_engine
from infra.local.engine import ServiceError
engine = new_engine(TABLE)
digest = hashlib.sha256()
for steps in SCENARIOS.values():
    for service, operation, params in steps:
        if service in ("dynamodb", "events"):
            try:
                outcome = engine.execute(service, operation, params)
            except ServiceError as error:
                outcome = (error.code, error.message, error.extra)
            digest.update(repr(outcome).encode())
digest.update(repr(engine.dynamodb.table("orders").stream.read(0, 100000)).encode())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_two_processes_with_different_hash_seeds_give_the_same_trace():
    here = str(Path(__file__).parent)
    digests = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", TRACE, here], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout)
    assert len(digests) == 1
