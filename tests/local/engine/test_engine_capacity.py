"""Capacity units, computed by hand from AWS's rules: a write unit per started KB of the larger of the old
and the new item, a read unit per started 4 KB (half if eventually consistent), twice that in transactions,
and what every index entry that is written costs on top."""

from __future__ import annotations

from typing import Any

import pytest

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}
KEY_BYTES = 2 + 2 + 2 + 4
INDEXED = {"gsi1pk": {"S": "SKU#1"}, "gsi1sk": {"S": "2026"}}


def filled_to(size: int, key: dict[str, Any] = KEY) -> dict[str, Any]:
    """An item of exactly this many bytes: the keys, and an attribute `a`."""
    return key | {"a": {"S": "x" * (size - KEY_BYTES - 1)}}


@pytest.fixture
def consumed(dynamodb):
    """Consumed capacity of an operation, split by index."""

    def report(operation: str, params: dict[str, Any]) -> Any:
        return dynamodb(operation, params | {"ReturnConsumedCapacity": "INDEXES"})["ConsumedCapacity"]

    return report


@pytest.mark.parametrize(("size", "units"), [(100, 1), (1024, 1), (1025, 2), (10_000, 10)])
def test_a_put_costs_a_unit_per_started_kb(consumed, size, units):
    assert consumed("PutItem", {"Item": filled_to(size)})["CapacityUnits"] == units


def test_replacing_a_large_item_by_a_small_one_costs_the_large_one(consumed):
    consumed("PutItem", {"Item": filled_to(5000)})
    assert consumed("PutItem", {"Item": KEY})["CapacityUnits"] == 5


def test_updating_one_attribute_costs_the_whole_item(consumed):
    consumed("PutItem", {"Item": filled_to(3500)})
    update = {"Key": KEY, "UpdateExpression": "SET b = :b", "ExpressionAttributeValues": {":b": {"N": "1"}}}
    assert consumed("UpdateItem", update)["CapacityUnits"] == 4


def test_deleting_costs_what_is_deleted_and_one_unit_for_nothing(consumed):
    consumed("PutItem", {"Item": filled_to(2500)})
    assert consumed("DeleteItem", {"Key": KEY})["CapacityUnits"] == 3
    assert consumed("DeleteItem", {"Key": KEY})["CapacityUnits"] == 1


@pytest.mark.parametrize(("size", "eventual", "consistent"), [(100, 0.5, 1), (4096, 0.5, 1), (4097, 1, 2)])
def test_a_get_costs_half_a_unit_per_started_4_kb_if_eventually_consistent(consumed, size, eventual, consistent):
    consumed("PutItem", {"Item": filled_to(size)})
    assert consumed("GetItem", {"Key": KEY})["CapacityUnits"] == eventual
    assert consumed("GetItem", {"Key": KEY, "ConsistentRead": True})["CapacityUnits"] == consistent


def test_a_get_of_nothing_costs_as_much_as_the_smallest_item(consumed):
    assert consumed("GetItem", {"Key": KEY})["CapacityUnits"] == 0.5


def test_a_new_index_entry_costs_a_write_of_its_own(consumed):
    assert consumed("PutItem", {"Item": KEY | INDEXED}) == {
        "TableName": "orders",
        "CapacityUnits": 2.0,
        "Table": {"CapacityUnits": 1.0},
        "GlobalSecondaryIndexes": {"gsi1": {"CapacityUnits": 1.0}},
    }


def test_an_index_entry_costs_its_own_size_and_not_the_items(consumed):
    report = consumed("PutItem", {"Item": filled_to(9000) | INDEXED})
    assert report["Table"]["CapacityUnits"] == 9
    assert report["GlobalSecondaryIndexes"]["gsi1"]["CapacityUnits"] == 1


def test_a_write_that_leaves_the_projected_attributes_alone_costs_nothing_in_the_index(consumed):
    consumed("PutItem", {"Item": KEY | INDEXED})
    report = consumed("PutItem", {"Item": KEY | INDEXED | {"a": {"N": "1"}}})
    assert report == {"TableName": "orders", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0}}


def test_moving_an_index_entry_costs_its_deletion_and_its_insertion(consumed):
    consumed("PutItem", {"Item": KEY | INDEXED})
    report = consumed("PutItem", {"Item": KEY | INDEXED | {"gsi1sk": {"S": "2027"}}})
    assert report["GlobalSecondaryIndexes"]["gsi1"]["CapacityUnits"] == 2


def test_leaving_the_index_costs_a_deletion(consumed):
    consumed("PutItem", {"Item": KEY | INDEXED})
    report = consumed("UpdateItem", {"Key": KEY, "UpdateExpression": "REMOVE gsi1pk, gsi1sk"})
    assert report["GlobalSecondaryIndexes"]["gsi1"]["CapacityUnits"] == 1


def test_a_query_costs_the_sum_of_what_it_read_rounded_once(consumed):
    for number in range(10):
        consumed("PutItem", {"Item": filled_to(900) | {"sk": {"S": f"lin{number}"}}})
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "o1"}}}
    # 10 * 900 bytes are 3 started 4 KB; a filter does not make it cheaper
    assert consumed("Query", query)["CapacityUnits"] == 1.5
    assert consumed("Query", query | {"ConsistentRead": True})["CapacityUnits"] == 3
    assert consumed("Query", query | {"FilterExpression": "attribute_exists(b)"})["CapacityUnits"] == 1.5
    assert consumed("Query", query | {"Limit": 4})["CapacityUnits"] == 0.5


def test_a_query_of_an_index_costs_the_size_of_its_entries(consumed):
    for number in range(10):
        consumed("PutItem", {"Item": filled_to(900) | INDEXED | {"sk": {"S": f"lin{number}"}}})
    # an entry of keys only has 10 + 6 + 5 + 6 + 4 = 31 bytes
    query = {
        "IndexName": "gsi1",
        "KeyConditionExpression": "gsi1pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "SKU#1"}},
    }
    assert consumed("Query", query) == {
        "TableName": "orders",
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"gsi1": {"CapacityUnits": 0.5}},
    }


def test_a_transactional_write_costs_twice_in_table_and_index(consumed):
    transaction = [
        {"Put": {"TableName": "orders", "Item": filled_to(1500) | INDEXED}},
        {
            "ConditionCheck": {
                "TableName": "orders",
                "Key": KEY | {"sk": {"S": "x"}},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        },
    ]
    # the put: 2 * 2 units and an index entry of 2 * 1; the check: 2 * 1
    (report,) = consumed("TransactWriteItems", {"TransactItems": transaction})
    assert report["CapacityUnits"] == report["WriteCapacityUnits"] == 8
    assert report["Table"]["WriteCapacityUnits"] == 6
    assert report["GlobalSecondaryIndexes"]["gsi1"]["WriteCapacityUnits"] == 2


def test_a_repeated_transaction_costs_reads_of_its_items(consumed):
    transaction = {
        "TransactItems": [{"Put": {"TableName": "orders", "Item": filled_to(5000)}}],
        "ClientRequestToken": "t1",
    }
    consumed("TransactWriteItems", transaction)
    (report,) = consumed("TransactWriteItems", transaction)
    assert report["CapacityUnits"] == report["ReadCapacityUnits"] == 4  # 2 started 4 KB, twice


def test_a_transactional_read_costs_twice_a_consistent_one(consumed):
    consumed("PutItem", {"Item": filled_to(5000)})
    get = {"TransactItems": [{"Get": {"TableName": "orders", "Key": KEY}}]}
    (report,) = consumed("TransactGetItems", get)
    assert report["CapacityUnits"] == 4


def test_a_batch_rounds_every_item_for_itself(consumed):
    items = [filled_to(100) | {"sk": {"S": f"lin{number}"}} for number in range(3)]
    (written,) = consumed("BatchWriteItem", {"RequestItems": {"orders": [{"PutRequest": {"Item": i}} for i in items]}})
    assert written["CapacityUnits"] == 3
    keys = [{"pk": item["pk"], "sk": item["sk"]} for item in items]
    (read,) = consumed("BatchGetItem", {"RequestItems": {"orders": {"Keys": keys}}})
    assert read["CapacityUnits"] == 1.5


def test_an_unknown_level_of_detail_is_refused(dynamodb, refusal):
    assert refusal(dynamodb, "GetItem", {"Key": KEY, "ReturnConsumedCapacity": "ALL"}).code == "ValidationException"


def test_the_meter_counts_calls_and_units_by_operation(engine, dynamodb, refusal):
    dynamodb("PutItem", {"Item": filled_to(2000) | INDEXED})
    dynamodb("GetItem", {"Key": KEY})
    refusal(dynamodb, "PutItem", {"Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"})
    usage = engine.dynamodb.meter.by_operation()
    # the refused put is billed by the item it met: two started KB
    assert (usage["PutItem"].calls, usage["PutItem"].errors, usage["PutItem"].write_units) == (2, 1, 3 + 2)
    assert (usage["GetItem"].calls, usage["GetItem"].read_units) == (1, 0.5)
    engine.dynamodb.meter.reset()
    assert engine.dynamodb.meter.total().calls == 0


def test_a_cancelled_transaction_is_billed_all_the_same(engine, dynamodb, refusal):
    put = {"Put": {"TableName": "orders", "Item": KEY, "ConditionExpression": "attribute_exists(pk)"}}
    refusal(dynamodb, "TransactWriteItems", {"TransactItems": [put]})
    assert engine.dynamodb.meter.total().write_units == 2
