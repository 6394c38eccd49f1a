"""Stream records, and the expiry of items."""

from __future__ import annotations

import pytest

from infra.local.engine.dynamodb.stream import position_of

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}


@pytest.fixture
def stream(engine):
    return engine.dynamodb.table("orders").stream


def test_a_record_has_the_shape_a_function_receives(engine, clock, dynamodb, stream):
    dynamodb("PutItem", {"Item": KEY | {"a": {"N": "1"}}})
    assert stream.read(0, 10) == [
        {
            "eventID": "00000000000000000000000000000001",
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": clock.now.timestamp(),
                "Keys": KEY,
                "NewImage": KEY | {"a": {"N": "1"}},
                "SequenceNumber": "100000000000000000001",
                "SizeBytes": 2 + 2 + 2 + 4 + 1 + 2,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/stream/2026-01-05T09:00:00.000",
        }
    ]


def test_every_kind_of_change_has_its_name_and_images(dynamodb, stream):
    dynamodb("PutItem", {"Item": KEY})
    update = {"Key": KEY, "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"N": "1"}}}
    dynamodb("UpdateItem", update)
    dynamodb("DeleteItem", {"Key": KEY})
    records = stream.read(0, 10)
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    images = [(r["dynamodb"].get("OldImage"), r["dynamodb"].get("NewImage")) for r in records]
    changed = KEY | {"a": {"N": "1"}}
    assert images == [(None, KEY), (KEY, changed), (changed, None)]


def test_a_write_that_changes_nothing_leaves_no_record(dynamodb, stream):
    item = KEY | {"n": {"N": "1.0"}, "s": {"SS": ["b", "a"]}}
    dynamodb("PutItem", {"Item": item})
    dynamodb("PutItem", {"Item": item | {"n": {"N": "1"}, "s": {"SS": ["a", "b"]}}})
    same = {"Key": KEY, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}
    dynamodb("UpdateItem", same)
    dynamodb("DeleteItem", {"Key": KEY | {"sk": {"S": "nothing"}}})
    assert stream.last_position == 1


def test_records_are_read_in_order_from_any_position(dynamodb, stream):
    for number in range(5):
        dynamodb("PutItem", {"Item": KEY | {"sk": {"S": str(number)}}})
    assert [position_of(record) for record in stream.read(0, 2)] == [1, 2]
    assert [position_of(record) for record in stream.read(2, 10)] == [3, 4, 5]
    assert stream.read(5, 10) == []


def test_trimmed_records_are_gone_and_positions_stay(clock, dynamodb, stream):
    for number in range(4):
        dynamodb("PutItem", {"Item": KEY | {"sk": {"S": str(number)}}})
        clock.advance(hours=1)
    stream.trim(before=2)
    assert [position_of(record) for record in stream.read(0, 10)] == [2, 3, 4]
    stream.trim(before=clock.now.replace(hour=11))  # the third was written at 11:00
    assert (stream.first_position, stream.last_position) == (3, 4)
    assert stream.written_at(3) == clock.now.replace(hour=11)
    with pytest.raises(IndexError):
        stream.written_at(2)
    stream.trim(before=100)
    assert (stream.read(0, 10), stream.last_position) == ([], 4)


def test_a_reader_may_do_with_its_records_what_it_likes(dynamodb, stream):
    dynamodb("PutItem", {"Item": KEY | {"m": {"M": {"x": {"N": "1"}}}}})
    stream.read(0, 1)[0]["dynamodb"]["NewImage"]["m"]["M"]["x"] = {"N": "2"}
    assert stream.read(0, 1)[0]["dynamodb"]["NewImage"]["m"] == {"M": {"x": {"N": "1"}}}
    assert dynamodb("GetItem", {"Key": KEY})["Item"]["m"] == {"M": {"x": {"N": "1"}}}


@pytest.mark.parametrize(
    ("view", "images"),
    [
        ("KEYS_ONLY", set()),
        ("NEW_IMAGE", {"NewImage"}),
        ("OLD_IMAGE", {"OldImage"}),
        ("NEW_AND_OLD_IMAGES", {"NewImage", "OldImage"}),
    ],
)
def test_a_stream_shows_what_its_view_says(engine, dynamodb, view, images):
    properties = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": view},
    }
    stream = engine.dynamodb.create_table("viewed", properties).stream
    for number in ("1", "2"):
        dynamodb("PutItem", {"TableName": "viewed", "Item": {"pk": {"S": "x"}, "n": {"N": number}}})
    (record,) = stream.read(1, 1)
    assert record["dynamodb"].keys() & {"NewImage", "OldImage"} == images


def test_a_table_without_stream_says_so(engine):
    properties = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    table = engine.dynamodb.create_table("quiet", properties)
    assert not table.has_stream
    with pytest.raises(ValueError, match="has no stream"):
        _ = table.stream_arn


def test_an_expired_item_stays_until_the_sweep_and_leaves_with_the_services_name(engine, clock, dynamodb, stream):
    expires_at = int(clock.now.timestamp()) + 60
    dynamodb("PutItem", {"Item": KEY | {"expires_at": {"N": str(expires_at)}}})
    assert engine.dynamodb.next_expiry().timestamp() == expires_at
    clock.advance(seconds=59)
    assert engine.dynamodb.expire() == 0
    clock.advance(seconds=1)
    assert "Item" in dynamodb("GetItem", {"Key": KEY})
    assert engine.dynamodb.expire() == 1
    assert dynamodb("GetItem", {"Key": KEY}) == {}
    (record,) = stream.read(1, 10)
    assert record["eventName"] == "REMOVE"
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert engine.dynamodb.next_expiry() is None


def test_a_postponed_expiry_is_what_counts(engine, clock, dynamodb):
    first = int(clock.now.timestamp()) + 60
    dynamodb("PutItem", {"Item": KEY | {"expires_at": {"N": str(first)}}})
    dynamodb("PutItem", {"Item": KEY | {"expires_at": {"N": str(first + 60)}}})
    clock.advance(seconds=60)
    assert engine.dynamodb.expire() == 0
    assert engine.dynamodb.next_expiry().timestamp() == first + 60
    clock.advance(seconds=60)
    assert engine.dynamodb.expire() == 1


def test_an_expiry_that_is_no_number_or_five_years_past_deletes_nothing(engine, clock, dynamodb):
    dynamodb("PutItem", {"Item": KEY | {"expires_at": {"S": "1"}}})
    dynamodb("PutItem", {"Item": KEY | {"sk": {"S": "old"}, "expires_at": {"N": "1"}}})
    assert engine.dynamodb.expire() == 0
    assert dynamodb("Scan", {"Select": "COUNT"})["Count"] == 2
