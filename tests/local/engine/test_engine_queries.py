"""Queries, scans and batches: order, ranges, pages, filters and projections."""

from __future__ import annotations

from typing import Any

import pytest


def line(order: str, number: int, **attributes: Any) -> dict[str, Any]:
    return {"pk": {"S": order}, "sk": {"S": f"LINE#{number:03d}"}} | attributes


@pytest.fixture
def query(dynamodb):
    """Sort keys that a key condition finds, and the whole answer."""

    def queried(condition: str, values: dict[str, str], **more: Any) -> list[str]:
        answer = dynamodb(
            "Query",
            {
                "KeyConditionExpression": condition,
                "ExpressionAttributeValues": {f":{name}": {"S": value} for name, value in values.items()},
            }
            | more,
        )
        return [item["sk"]["S"] for item in answer["Items"]]

    return queried


@pytest.fixture
def letters(dynamodb):
    """One order with the lines b, c, ca, cb, d, written out of order."""
    for sort_key in ("d", "ca", "b", "cb", "c"):
        dynamodb("PutItem", {"Item": {"pk": {"S": "o1"}, "sk": {"S": sort_key}}})
    dynamodb("PutItem", {"Item": {"pk": {"S": "o2"}, "sk": {"S": "c"}}})


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ("pk = :p", {}, ["b", "c", "ca", "cb", "d"]),
        ("pk = :p AND sk = :a", {"a": "c"}, ["c"]),
        ("pk = :p AND sk < :a", {"a": "ca"}, ["b", "c"]),
        ("pk = :p AND sk <= :a", {"a": "ca"}, ["b", "c", "ca"]),
        ("pk = :p AND sk > :a", {"a": "ca"}, ["cb", "d"]),
        ("pk = :p AND sk >= :a", {"a": "ca"}, ["ca", "cb", "d"]),
        ("pk = :p AND sk BETWEEN :a AND :b", {"a": "c", "b": "cb"}, ["c", "ca", "cb"]),
        ("pk = :p AND begins_with(sk, :a)", {"a": "c"}, ["c", "ca", "cb"]),
        ("begins_with(sk, :a) AND pk = :p", {"a": "ca"}, ["ca"]),
        (":p = pk AND :a < sk", {"a": "cb"}, ["d"]),
        ("(pk = :p) AND (sk > :a)", {"a": "cb"}, ["d"]),
        ("pk = :p AND begins_with(sk, :a)", {"a": "x"}, []),
    ],
)
def test_a_range_of_sort_keys_in_both_directions(letters, query, condition, values, expected):
    values = {"p": "o1"} | values
    assert query(condition, values) == expected
    assert query(condition, values, ScanIndexForward=False) == expected[::-1]


def test_the_last_prefix_has_no_end(dynamodb, query):
    dynamodb("PutItem", {"Item": {"pk": {"S": "o1"}, "sk": {"S": "\U0010ffff\U0010ffffx"}}})
    assert len(query("pk = :p AND begins_with(sk, :a)", {"p": "o1", "a": "\U0010ffff"})) == 1


@pytest.mark.parametrize(
    ("condition", "values", "message"),
    [
        ("sk = :p", {"p": "x"}, "Query condition missed key schema element: pk"),
        ("pk > :p", {"p": "x"}, "Query key condition not supported"),
        ("pk = :p AND sk <> :a", {"p": "x", "a": "y"}, "Query key condition not supported"),
        ("pk = :p AND contains(sk, :a)", {"p": "x", "a": "y"}, "Query key condition not supported"),
        ("pk = :p AND sku = :a", {"p": "x", "a": "y"}, "Query condition missed key schema element: sk"),
        ("pk = :p OR sk = :a", {"p": "x", "a": "y"}, "Invalid operator used in KeyConditionExpression: OR"),
        ("pk = :p AND pk = :a", {"p": "x", "a": "y"}, "one condition per key"),
        ("pk = :p AND sk > :a AND sk < :b", {"p": "x", "a": "y", "b": "z"}, "one condition per key"),
        ("pk = :p", {"p": ""}, "cannot contain an empty string value. Key: pk"),
    ],
)
def test_a_query_needs_one_partition_and_at_most_one_range(query, refusal, condition, values, message):
    error = refusal(query, condition, values)
    assert error.code == "ValidationException"
    assert message in error.message


def test_a_key_is_compared_with_its_own_type(dynamodb, refusal):
    params = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"N": "1"}}}
    assert "does not match schema type" in refusal(dynamodb, "Query", params).message


def test_numbers_sort_as_numbers(engine, dynamodb):
    engine.dynamodb.create_table(
        "numbers",
        {
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "rank", "AttributeType": "N"},
            ],
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "rank", "KeyType": "RANGE"},
            ],
        },
    )
    for rank in ("10", "9", "-1", "9.5", "100"):
        dynamodb("PutItem", {"TableName": "numbers", "Item": {"pk": {"S": "p"}, "rank": {"N": rank}}})
    found = dynamodb(
        "Query",
        {
            "TableName": "numbers",
            "KeyConditionExpression": "pk = :p AND #r > :r",
            "ExpressionAttributeNames": {"#r": "rank"},
            "ExpressionAttributeValues": {":p": {"S": "p"}, ":r": {"N": "-1.0"}},
        },
    )
    assert [item["rank"]["N"] for item in found["Items"]] == ["9", "9.5", "10", "100"]


@pytest.mark.parametrize("forward", [True, False])
def test_pages_follow_each_other_without_gap_or_repetition(dynamodb, forward):
    for number in range(25):
        dynamodb("PutItem", {"Item": line("o1", number)})
    params = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "o1"}},
        "ScanIndexForward": forward,
        "Limit": 10,
    }
    found, counts = [], []
    while True:
        page = dynamodb("Query", params)
        counts.append(page["Count"])
        found += [item["sk"]["S"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        params["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert counts == [10, 10, 5]
    assert found == sorted((f"LINE#{n:03d}" for n in range(25)), reverse=not forward)


def test_a_page_continues_though_the_row_it_ended_with_was_deleted(dynamodb):
    for number in range(3):
        dynamodb("PutItem", {"Item": line("o1", number)})
    params = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "o1"}}, "Limit": 2}
    first = dynamodb("Query", params)
    dynamodb("DeleteItem", {"Key": first["LastEvaluatedKey"]})
    second = dynamodb("Query", params | {"ExclusiveStartKey": first["LastEvaluatedKey"]})
    assert [item["sk"]["S"] for item in second["Items"]] == ["LINE#002"]


def test_a_page_that_reaches_its_limit_names_a_next_one_even_if_that_is_empty(dynamodb):
    dynamodb("PutItem", {"Item": line("o1", 1)})
    params = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "o1"}}, "Limit": 1}
    page = dynamodb("Query", params)
    assert dynamodb("Query", params | {"ExclusiveStartKey": page["LastEvaluatedKey"]})["Items"] == []


def test_a_page_ends_with_the_item_that_reaches_one_megabyte(dynamodb):
    for number in range(5):
        dynamodb("PutItem", {"Item": line("o1", number, a={"S": "x" * 300_000})})
    params = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "o1"}}}
    page = dynamodb("Query", params)
    assert page["Count"] == 4  # 1.2 MB
    assert page["LastEvaluatedKey"] == {"pk": {"S": "o1"}, "sk": {"S": "LINE#003"}}


def test_a_limit_counts_what_is_read_and_not_what_passes_the_filter(dynamodb):
    for number in range(6):
        dynamodb("PutItem", {"Item": line("o1", number, even={"BOOL": number % 2 == 0})})
    page = dynamodb(
        "Query",
        {
            "KeyConditionExpression": "pk = :p",
            "FilterExpression": "even = :t",
            "ExpressionAttributeValues": {":p": {"S": "o1"}, ":t": {"BOOL": True}},
            "Limit": 3,
        },
    )
    assert (page["ScannedCount"], page["Count"]) == (3, 2)
    assert page["LastEvaluatedKey"]["sk"] == {"S": "LINE#002"}


def test_a_filter_on_a_key_is_refused(dynamodb, refusal):
    params = {
        "KeyConditionExpression": "pk = :p",
        "FilterExpression": "sk > :p",
        "ExpressionAttributeValues": {":p": {"S": "x"}},
    }
    assert "Primary key attribute: sk" in refusal(dynamodb, "Query", params).message


def test_a_count_answers_no_items(dynamodb):
    dynamodb("PutItem", {"Item": line("o1", 1)})
    params = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "o1"}}}
    assert dynamodb("Query", params | {"Select": "COUNT"}) == {"Count": 1, "ScannedCount": 1}


def test_a_start_key_of_another_partition_is_refused(dynamodb, refusal):
    params = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "o1"}},
        "ExclusiveStartKey": {"pk": {"S": "o2"}, "sk": {"S": "x"}},
    }
    assert "outside query boundaries" in refusal(dynamodb, "Query", params).message
    params["ExclusiveStartKey"] = {"pk": {"S": "o1"}}
    assert "starting key is invalid" in refusal(dynamodb, "Query", params).message


@pytest.mark.parametrize(
    ("condition", "operands"),
    [
        ("sk > :s", {":s": "L2"}),
        ("sk >= :s", {":s": "L3"}),
        ("sk < :s", {":s": "L2"}),
        ("sk BETWEEN :s AND :t", {":s": "L3", ":t": "L4"}),
        ("begins_with(sk, :s)", {":s": "M"}),
        ("sk = :s", {":s": "L1"}),
    ],
)
def test_a_start_key_that_no_page_of_the_query_can_end_with_is_refused(dynamodb, refusal, condition, operands):
    params = {
        "KeyConditionExpression": f"pk = :p AND {condition}",
        "ExpressionAttributeValues": {":p": {"S": "o1"}} | {name: {"S": text} for name, text in operands.items()},
        "ExclusiveStartKey": {"pk": {"S": "o1"}, "sk": {"S": "L2"}},
    }
    assert "does not match the range key predicate" in refusal(dynamodb, "Query", params).message


@pytest.fixture
def index(dynamodb):
    """The index entries of a partition, in order."""

    def entries(partition: str, **more: Any) -> list[dict[str, Any]]:
        params = {
            "IndexName": "gsi1",
            "KeyConditionExpression": "gsi1pk = :p",
            "ExpressionAttributeValues": {":p": {"S": partition}},
        }
        return dynamodb("Query", params | more)["Items"]

    return entries


def indexed(partition: str, sort: str) -> dict[str, Any]:
    return {"gsi1pk": {"S": partition}, "gsi1sk": {"S": sort}}


def test_an_index_holds_only_items_with_its_keys_and_only_keys_of_them(dynamodb, index):
    dynamodb("PutItem", {"Item": line("o1", 1, a={"N": "1"}, **indexed("SKU", "1"))})
    dynamodb("PutItem", {"Item": line("o1", 2, a={"N": "1"})})
    dynamodb("PutItem", {"Item": line("o1", 3, gsi1pk={"S": "SKU"})})
    assert index("SKU") == [line("o1", 1, **indexed("SKU", "1"))]


def test_an_index_follows_every_kind_of_write(dynamodb, index):
    dynamodb("PutItem", {"Item": line("o1", 1, **indexed("SKU", "5"))})
    dynamodb("PutItem", {"Item": line("o1", 2, **indexed("SKU", "4"))})
    assert [entry["sk"]["S"] for entry in index("SKU")] == ["LINE#002", "LINE#001"]
    key = line("o1", 1)
    change = {"Key": key, "UpdateExpression": "SET gsi1sk = :s", "ExpressionAttributeValues": {":s": {"S": "3"}}}
    dynamodb("UpdateItem", change)
    assert [entry["sk"]["S"] for entry in index("SKU")] == ["LINE#001", "LINE#002"]
    dynamodb("UpdateItem", {"Key": key, "UpdateExpression": "REMOVE gsi1pk"})
    assert [entry["sk"]["S"] for entry in index("SKU")] == ["LINE#002"]
    dynamodb("DeleteItem", {"Key": line("o1", 2)})
    assert index("SKU") == []


def test_entries_with_equal_index_keys_are_all_kept_and_paged(dynamodb, index):
    for number in range(5):
        dynamodb("PutItem", {"Item": line(f"o{number}", number, **indexed("SKU", "same"))})
    first = dynamodb(
        "Query",
        {
            "IndexName": "gsi1",
            "KeyConditionExpression": "gsi1pk = :p AND gsi1sk = :s",
            "ExpressionAttributeValues": {":p": {"S": "SKU"}, ":s": {"S": "same"}},
            "Limit": 3,
        },
    )
    assert set(first["LastEvaluatedKey"]) == {"pk", "sk", "gsi1pk", "gsi1sk"}
    rest = index("SKU", ExclusiveStartKey=first["LastEvaluatedKey"])
    assert sorted(e["pk"]["S"] for e in first["Items"] + rest) == ["o0", "o1", "o2", "o3", "o4"]


def test_an_index_is_never_read_consistently_nor_beyond_what_it_holds(index, refusal):
    assert "Consistent reads are not supported" in refusal(lambda: index("SKU", ConsistentRead=True)).message
    assert "does not project [sku]" in refusal(lambda: index("SKU", ProjectionExpression="sku")).message
    assert "projection type is not ALL" in refusal(lambda: index("SKU", Select="ALL_ATTRIBUTES")).message
    assert "does not have the specified index: gsi9" in refusal(lambda: index("SKU", IndexName="gsi9")).message


@pytest.mark.parametrize(
    ("projection", "included", "held"),
    [
        ("ALL", None, {"pk", "sk", "gsi1pk", "gsi1sk", "a", "b"}),
        ("INCLUDE", ["a"], {"pk", "sk", "gsi1pk", "gsi1sk", "a"}),
    ],
)
def test_an_index_projects_what_its_schema_says(engine, dynamodb, projection, included, held):
    attributes = ("pk", "sk", "gsi1pk", "gsi1sk")
    keys = [{"AttributeName": "gsi1pk", "KeyType": "HASH"}, {"AttributeName": "gsi1sk", "KeyType": "RANGE"}]
    definition = {"ProjectionType": projection} | ({} if included is None else {"NonKeyAttributes": included})
    engine.dynamodb.create_table(
        "wide",
        {
            "AttributeDefinitions": [{"AttributeName": a, "AttributeType": "S"} for a in attributes],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "GlobalSecondaryIndexes": [{"IndexName": "gsi1", "KeySchema": keys, "Projection": definition}],
        },
    )
    item = line("o1", 1, a={"N": "1"}, b={"N": "2"}, **indexed("SKU", "1"))
    dynamodb("PutItem", {"TableName": "wide", "Item": item})
    (entry,) = dynamodb("Scan", {"TableName": "wide", "IndexName": "gsi1"})["Items"]
    assert entry.keys() == held


@pytest.mark.parametrize(
    ("projection", "expected"),
    [
        ("sk, a", {"sk": {"S": "LINE#001"}, "a": {"N": "1"}}),
        ("m.x", {"m": {"M": {"x": {"N": "1"}}}}),
        ("m.x, m.l[1]", {"m": {"M": {"x": {"N": "1"}, "l": {"L": [{"S": "q"}]}}}}),
        ("m.l[2], m.l[0]", {"m": {"M": {"l": {"L": [{"S": "p"}, {"S": "r"}]}}}}),
        ("absent, m.absent, a.x, m.l[9]", {}),
    ],
)
def test_a_projection_keeps_the_structure_of_what_it_picks(dynamodb, projection, expected):
    nested = {"M": {"x": {"N": "1"}, "y": {"N": "2"}, "l": {"L": [{"S": "p"}, {"S": "q"}, {"S": "r"}]}}}
    dynamodb("PutItem", {"Item": line("o1", 1, a={"N": "1"}, m=nested)})
    answer = dynamodb("GetItem", {"Key": line("o1", 1), "ProjectionExpression": projection})
    assert answer == {"Item": expected}


def test_overlapping_projections_are_refused(dynamodb, refusal):
    error = refusal(dynamodb, "GetItem", {"Key": line("o1", 1), "ProjectionExpression": "a.x, a"})
    assert "Two document paths overlap" in error.message


def test_a_scan_meets_every_item_once_whatever_its_pages_and_segments(engine, dynamodb):
    expected = set()
    for order in range(20):
        for number in range(3):
            dynamodb("PutItem", {"Item": line(f"o{order}", number)})
            expected.add((f"o{order}", f"LINE#{number:03d}"))
    found = []
    for segment in range(4):
        params: dict[str, Any] = {"Segment": segment, "TotalSegments": 4, "Limit": 7}
        while True:
            page = dynamodb("Scan", params)
            found += [(item["pk"]["S"], item["sk"]["S"]) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            params["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    assert len(found) == len(expected)
    assert set(found) == expected
    assert {(item["pk"]["S"], item["sk"]["S"]) for item in engine.dynamodb.table("orders").items()} == expected


def test_a_scan_does_not_meet_partitions_in_the_order_they_were_written(dynamodb):
    orders = [f"o{number}" for number in range(20)]
    for order in orders:
        dynamodb("PutItem", {"Item": line(order, 1)})
    met = [item["pk"]["S"] for item in dynamodb("Scan", {})["Items"]]
    assert met != orders
    assert sorted(met) == sorted(orders)


def test_a_batch_get_answers_what_is_there(dynamodb, refusal):
    dynamodb("PutItem", {"Item": line("o1", 1, a={"N": "1"})})
    keys = [line("o1", 1), line("o1", 2)]
    answer = dynamodb("BatchGetItem", {"RequestItems": {"orders": {"Keys": keys, "ProjectionExpression": "a"}}})
    assert answer == {"Responses": {"orders": [{"a": {"N": "1"}}]}, "UnprocessedKeys": {}}
    duplicated = {"RequestItems": {"orders": {"Keys": [line("o1", 1)] * 2}}}
    assert "contains duplicates" in refusal(dynamodb, "BatchGetItem", duplicated).message
    too_many = {"RequestItems": {"orders": {"Keys": [line("o1", n) for n in range(101)]}}}
    assert "Too many items" in refusal(dynamodb, "BatchGetItem", too_many).message


def test_a_batch_get_leaves_what_exceeds_16_mb_unprocessed(dynamodb):
    for number in range(45):
        dynamodb("PutItem", {"Item": line("o1", number, a={"S": "x" * 400_000})})
    keys = [line("o1", number) for number in range(45)]
    answer = dynamodb("BatchGetItem", {"RequestItems": {"orders": {"Keys": keys}}})
    left = answer["UnprocessedKeys"]["orders"]["Keys"]
    assert len(answer["Responses"]["orders"]) == 41  # 41 * 400,010 bytes are under 16 MiB
    assert left == keys[41:]


def test_a_batch_write_puts_and_deletes(dynamodb, refusal):
    dynamodb("PutItem", {"Item": line("o1", 1)})
    requests = [{"DeleteRequest": {"Key": line("o1", 1)}}, {"PutRequest": {"Item": line("o1", 2)}}]
    assert dynamodb("BatchWriteItem", {"RequestItems": {"orders": requests}}) == {"UnprocessedItems": {}}
    assert [item["sk"]["S"] for item in dynamodb("Scan", {})["Items"]] == ["LINE#002"]
    twice = [{"DeleteRequest": {"Key": line("o1", 2)}}, {"PutRequest": {"Item": line("o1", 2)}}]
    assert "contains duplicates" in refusal(dynamodb, "BatchWriteItem", {"RequestItems": {"orders": twice}}).message
    many = [{"PutRequest": {"Item": line("o1", n)}} for n in range(26)]
    assert "Too many items" in refusal(dynamodb, "BatchWriteItem", {"RequestItems": {"orders": many}}).message


def test_a_table_describes_itself(engine, dynamodb):
    dynamodb("PutItem", {"Item": line("o1", 1, **indexed("SKU", "1"))})
    table = dynamodb("DescribeTable", {})["Table"]
    assert (table["TableName"], table["TableStatus"], table["ItemCount"]) == ("orders", "ACTIVE", 1)
    assert table["LatestStreamArn"] == engine.dynamodb.table("orders").stream_arn
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["gsi1"]
