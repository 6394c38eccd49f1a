"""What may be stored, under which key, and how large it is."""

from __future__ import annotations

import pytest

from infra.local.engine.dynamodb.items import admit_item, size_of_item

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        # the name "a" is one byte in each case
        ({"S": "abc"}, 1 + 3),
        ({"S": "Örebro"}, 1 + 7),  # UTF-8, not characters
        ({"S": ""}, 1),
        ({"N": "12345"}, 1 + 4),  # five digits: three bytes, one more
        ({"N": "-12345"}, 1 + 5),  # and one for the sign
        ({"N": "1500"}, 1 + 2),  # zeros at the ends do not count
        ({"N": "100.5"}, 1 + 4),  # rounded up on both sides of the point
        ({"N": "3.14159"}, 1 + 5),
        ({"N": "0.0000001"}, 1 + 2),
        ({"N": "1E125"}, 1 + 2),
        ({"N": "1E-100"}, 1 + 2),
        ({"N": "0"}, 1 + 1),
        ({"B": "AAEC"}, 1 + 3),  # the bytes, not their base64
        ({"BOOL": False}, 1 + 1),
        ({"NULL": True}, 1 + 1),
        ({"L": []}, 1 + 3),
        ({"L": [{"S": "ab"}, {"BOOL": True}]}, 1 + 3 + (1 + 2) + (1 + 1)),
        ({"M": {"xy": {"S": "ab"}}}, 1 + 3 + (1 + 2 + 2)),
        ({"SS": ["ab", "c"]}, 1 + 3),
        ({"NS": ["1", "22"]}, 1 + 2 + 2),
    ],
)
def test_an_item_has_the_size_dynamodb_counts(value, size):
    item, admitted_size = admit_item({"a": value})
    assert admitted_size == size
    assert size_of_item(item) == size


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("007", "7"),
        ("1.50", "1.5"),
        ("1E3", "1000"),
        ("-0", "0"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0042.1200", "42.12"),
        ("9.9999999999999999999999999999999999999E+125", "9" * 38 + "0" * 88),
        ("1E-3", "0.001"),
        ("9" * 38, "9" * 38),
        ("1E125", "1" + "0" * 125),
    ],
)
def test_a_number_reads_back_in_its_shortest_form(dynamodb, written, read):
    dynamodb("PutItem", {"Item": KEY | {"a": {"N": written}}})
    assert dynamodb("GetItem", {"Key": KEY})["Item"]["a"] == {"N": read}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"N": "9" * 39}, "more than 38 significant digits"),
        ({"N": "1E126"}, "Number overflow"),
        ({"N": "1E-131"}, "Number underflow"),
        ({"N": "ten"}, "cannot be converted to a numeric value"),
        ({"N": "NaN"}, "cannot be converted to a numeric value"),
        ({"N": "1_000"}, "cannot be converted to a numeric value"),
        ({"N": " 5"}, "cannot be converted to a numeric value"),
        ({"N": "1e"}, "cannot be converted to a numeric value"),
        ({"N": ""}, "cannot be converted to a numeric value"),
        ({"SS": []}, "An set may not be empty"),
        ({"SS": ["x", "x"]}, "contains duplicates"),
        ({"NS": ["1", "1.0"]}, "contains duplicates"),
        ({}, "exactly one of the supported datatypes"),
        ({"S": "x", "N": "1"}, "exactly one of the supported datatypes"),
        ({"M": {"x": {}}}, "exactly one of the supported datatypes"),
        ({"NULL": False}, "must have the value of true"),
        ({"X": "x"}, "exactly one of the supported datatypes"),
        ({"S": "x" * 409_600}, "Item size has exceeded the maximum allowed size"),
        ({"M": {"": {"S": "x"}}}, "Empty attribute name"),
        ({"L": [{"M": {"x": {"M": {"": {"S": "x"}}}}}]}, "Empty attribute name"),
    ],
)
def test_a_value_dynamodb_would_not_take_is_refused(dynamodb, refusal, value, message):
    error = refusal(dynamodb, "PutItem", {"Item": KEY | {"a": value}})
    assert error.code == "ValidationException"
    assert message in error.message


def test_no_attribute_has_an_empty_name_whatever_names_it(dynamodb, refusal):
    for operation, params in {
        "PutItem": {"Item": KEY | {"": {"S": "x"}}},
        "GetItem": {"Key": KEY, "ProjectionExpression": "#a", "ExpressionAttributeNames": {"#a": ""}},
    }.items():
        error = refusal(dynamodb, operation, params)
        assert error.code == "ValidationException"
        assert "Empty attribute name" in error.message


@pytest.mark.parametrize(
    "value",
    ["x", {"S": 1}, {"N": 5}, {"BOOL": "true"}, {"NULL": "x"}, {"L": "x"}, {"M": []}, {"SS": "x"}, {"NS": [1]},
     {"B": "not base64!"}, {"L": [{"N": 5}]}],
)  # fmt: skip
def test_json_of_another_type_than_the_protocol_has_is_told_as_such(dynamodb, refusal, value):
    error = refusal(dynamodb, "PutItem", {"Item": KEY | {"a": value}})
    assert error.code == "SerializationException"


def test_an_item_of_exactly_400_kb_is_taken(dynamodb):
    names_and_keys = len("pk") + len("o1") + len("sk") + len("line") + len("a")
    dynamodb("PutItem", {"Item": KEY | {"a": {"S": "x" * (409_600 - names_and_keys)}}})
    assert "Item" in dynamodb("GetItem", {"Key": KEY})


def test_a_document_has_at_most_32_levels(dynamodb, refusal):
    value: dict = {"S": "level 32"}
    for _ in range(31):
        value = {"L": [value]}
    dynamodb("PutItem", {"Item": KEY | {"a": value}})
    value = {"M": {"one": value}}
    assert "Nesting Levels" in refusal(dynamodb, "PutItem", {"Item": KEY | {"a": value}}).message


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"pk": {"S": "o1"}}, "Missing the key sk in the item"),
        ({"pk": {"S": "o1"}, "sk": {"N": "1"}}, "Type mismatch for key sk expected: S actual: N"),
        ({"pk": {"S": ""}, "sk": {"S": "x"}}, "cannot contain an empty string value. Key: pk"),
        ({"pk": {"S": "x" * 2049}, "sk": {"S": "x"}}, "maximum size limit of 2048 bytes"),
        ({"pk": {"S": "x"}, "sk": {"S": "x" * 1025}}, "maximum size limit of 1024 bytes"),
        (KEY | {"gsi1sk": {"N": "1"}}, "Type mismatch for Index Key gsi1sk Expected: S Actual: N IndexName: gsi1"),
        (KEY | {"gsi1pk": {"S": "x" * 2049}}, "gsi1pk has exceeded the maximum size limit of 2048 bytes"),
        (KEY | {"gsi1sk": {"S": ""}}, "cannot contain an empty string value. IndexName: gsi1, IndexKey: gsi1sk"),
    ],
)
def test_an_item_with_a_wrong_key_is_refused(dynamodb, refusal, item, message):
    error = refusal(dynamodb, "PutItem", {"Item": item})
    assert error.code == "ValidationException"
    assert message in error.message


@pytest.mark.parametrize("key", [{"pk": {"S": "o1"}}, KEY | {"a": {"S": "x"}}, {"pk": {"S": "o1"}, "sk": {"N": "1"}}])
@pytest.mark.parametrize("operation", ["GetItem", "DeleteItem", "UpdateItem"])
def test_a_key_is_exactly_the_keys_of_the_schema(dynamodb, refusal, operation, key):
    assert "does not match the schema" in refusal(dynamodb, operation, {"Key": key}).message


def test_an_unknown_table_is_not_found(dynamodb, refusal):
    error = refusal(dynamodb, "GetItem", {"TableName": "other", "Key": KEY})
    assert error.code == "ResourceNotFoundException"


def test_a_table_answers_to_its_arn(engine, dynamodb):
    dynamodb("PutItem", {"Item": KEY})
    assert dynamodb("GetItem", {"TableName": engine.dynamodb.table("orders").arn, "Key": KEY})["Item"] == KEY


def test_a_parameter_the_engine_does_not_know_fails_loudly(dynamodb):
    with pytest.raises(NotImplementedError, match="AttributesToGet"):
        dynamodb("GetItem", {"Key": KEY, "AttributesToGet": ["pk"]})


def test_a_property_the_engine_does_not_know_fails_loudly(engine):
    with pytest.raises(NotImplementedError, match="LocalSecondaryIndexes"):
        engine.dynamodb.create_table("t", {"AttributeDefinitions": [], "KeySchema": [], "LocalSecondaryIndexes": []})


def test_a_put_answers_what_it_replaced(dynamodb):
    dynamodb("PutItem", {"Item": KEY | {"a": {"N": "1"}}})
    answer = dynamodb("PutItem", {"Item": KEY | {"b": {"N": "2"}}, "ReturnValues": "ALL_OLD"})
    assert answer["Attributes"] == KEY | {"a": {"N": "1"}}
    assert dynamodb("GetItem", {"Key": KEY})["Item"] == KEY | {"b": {"N": "2"}}


def test_a_delete_answers_what_it_removed_and_nothing_the_second_time(dynamodb):
    dynamodb("PutItem", {"Item": KEY})
    assert dynamodb("DeleteItem", {"Key": KEY, "ReturnValues": "ALL_OLD"})["Attributes"] == KEY
    assert dynamodb("DeleteItem", {"Key": KEY, "ReturnValues": "ALL_OLD"}) == {}


def test_a_failed_condition_shows_the_item_only_on_request(dynamodb, refusal):
    dynamodb("PutItem", {"Item": KEY | {"a": {"N": "1"}}})
    params = {"Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"}
    silent = refusal(dynamodb, "PutItem", params)
    assert (silent.code, silent.extra) == ("ConditionalCheckFailedException", {})
    telling = refusal(dynamodb, "PutItem", params | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    assert telling.extra == {"Item": KEY | {"a": {"N": "1"}}}
    assert dynamodb("GetItem", {"Key": KEY})["Item"]["a"] == {"N": "1"}
