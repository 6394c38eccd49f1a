"""What update expressions make of an item."""

from __future__ import annotations

from typing import Any

import pytest

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}


def n(number: object) -> dict[str, str]:
    return {"N": str(number)}


@pytest.fixture
def update(dynamodb):
    """Put the attributes, update them, and return what is stored without the key."""

    def updated(before: dict[str, Any] | None, expression: str, values: dict[str, Any] | None = None) -> Any:
        if before is not None:
            dynamodb("PutItem", {"Item": KEY | before})
        params: dict[str, Any] = {"Key": KEY, "UpdateExpression": expression, "ReturnValues": "ALL_NEW"}
        if values:
            params["ExpressionAttributeValues"] = values
        answered = dynamodb("UpdateItem", params)["Attributes"]
        stored = dynamodb("GetItem", {"Key": KEY})["Item"]
        assert answered == stored
        return {name: value for name, value in stored.items() if name not in KEY}

    return updated


@pytest.mark.parametrize(
    ("before", "expression", "values", "after"),
    [
        ({"a": n(1)}, "SET a = :v", {":v": n(2)}, {"a": n(2)}),
        ({"a": n(1)}, "SET b = a", None, {"a": n(1), "b": n(1)}),
        ({"a": n(1), "b": n(2)}, "SET a = b, b = a", None, {"a": n(2), "b": n(1)}),  # all read before any write
        ({"a": n(5)}, "SET a = a + :v", {":v": n("0.1")}, {"a": n("5.1")}),
        ({"a": n(5)}, "SET a = a - :v", {":v": n(7)}, {"a": n(-2)}),
        ({"a": n(5)}, "SET a = (a - :v)", {":v": n(7)}, {"a": n(-2)}),
        ({"a": n(5)}, "SET a = :v - a", {":v": n(7)}, {"a": n(2)}),
        ({"a": n("0.1")}, "SET a = a + :v", {":v": n("0.2")}, {"a": n("0.3")}),  # decimal, not binary
        ({}, "SET a = if_not_exists(a, :z) + :v", {":z": n(0), ":v": n(3)}, {"a": n(3)}),
        ({"a": n(4)}, "SET a = if_not_exists(a, :z) + :v", {":z": n(0), ":v": n(3)}, {"a": n(7)}),
        ({"l": {"L": [n(1)]}}, "SET l = list_append(l, :v)", {":v": {"L": [n(2)]}}, {"l": {"L": [n(1), n(2)]}}),
        ({"l": {"L": [n(1)]}}, "SET l = list_append(:v, l)", {":v": {"L": [n(2)]}}, {"l": {"L": [n(2), n(1)]}}),
        (
            {},
            "SET l = list_append(if_not_exists(l, :e), :v)",
            {":e": {"L": []}, ":v": {"L": [n(2)]}},
            {"l": {"L": [n(2)]}},
        ),
        ({"l": {"L": [n(1), n(2)]}}, "SET l[0] = :v", {":v": n(9)}, {"l": {"L": [n(9), n(2)]}}),
        ({"l": {"L": [n(1)]}}, "SET l[7] = :v", {":v": n(9)}, {"l": {"L": [n(1), n(9)]}}),
        (  # past the end: in the order of the numbers, not of the text
            {"l": {"L": [n(0)]}},
            "SET l[84] = :a, l[37] = :b, l[9] = :c",
            {":a": n(84), ":b": n(37), ":c": n(9)},
            {"l": {"L": [n(0), n(9), n(37), n(84)]}},
        ),
        ({"m": {"M": {"x": n(1)}}}, "SET m.y = :v", {":v": n(2)}, {"m": {"M": {"x": n(1), "y": n(2)}}}),
        (
            {"m": {"M": {"l": {"L": [{"M": {"x": n(1)}}]}}}},
            "SET m.l[0].x = m.l[0].x + :v",
            {":v": n(2)},
            {"m": {"M": {"l": {"L": [{"M": {"x": n(3)}}]}}}},
        ),
        ({"a": n(1), "b": n(2)}, "REMOVE a, c", None, {"b": n(2)}),
        ({"l": {"L": [n(0), n(1), n(2), n(3)]}}, "REMOVE l[1], l[2]", None, {"l": {"L": [n(0), n(3)]}}),
        ({"l": {"L": [n(0)]}}, "REMOVE l[5]", None, {"l": {"L": [n(0)]}}),
        # what is removed is what was there before, never what the same update appends
        ({"l": {"L": []}}, "REMOVE l[0] SET l[5] = :v", {":v": n(9)}, {"l": {"L": [n(9)]}}),
        ({"l": {"L": [n(0)]}}, "SET l[7] = :v, l[8] = :v REMOVE l[1]", {":v": n(9)}, {"l": {"L": [n(0), n(9), n(9)]}}),
        ({"l": {"L": [n(0), n(1)]}}, "REMOVE l[0] SET l[3] = :v", {":v": n(9)}, {"l": {"L": [n(1), n(9)]}}),
        ({"l": {"L": [n(0), n(1), n(2)]}}, "REMOVE l[0] SET l[2] = :v", {":v": n(9)}, {"l": {"L": [n(1), n(9)]}}),
        (  # a set that becomes empty goes like any other element, after what is set has found its place
            {"l": {"L": [{"SS": ["x"]}, n(1)]}},
            "DELETE l[0] :x SET l[1] = :v",
            {":x": {"SS": ["x"]}, ":v": n(9)},
            {"l": {"L": [n(9)]}},
        ),
        (
            {"l": {"L": [{"SS": ["x"]}, {"SS": ["x", "y"]}, {"SS": ["x"]}]}},
            "DELETE l[0] :x, l[1] :x, l[2] :x",
            {":x": {"SS": ["x"]}},
            {"l": {"L": [{"SS": ["y"]}]}},
        ),
        ({"m": {"M": {"x": n(1), "y": n(2)}}}, "REMOVE m.x", None, {"m": {"M": {"y": n(2)}}}),
        ({"a": n(1), "b": n(2)}, "SET c = a REMOVE a", None, {"b": n(2), "c": n(1)}),
        ({"a": n(1)}, "ADD a :v", {":v": n(-3)}, {"a": n(-2)}),
        ({}, "ADD a :v", {":v": n(3)}, {"a": n(3)}),
        ({"s": {"SS": ["x"]}}, "ADD s :v", {":v": {"SS": ["x", "y"]}}, {"s": {"SS": ["x", "y"]}}),
        ({"s": {"NS": ["9", "10"]}}, "ADD s :v", {":v": {"NS": ["-1"]}}, {"s": {"NS": ["-1", "9", "10"]}}),
        ({"s": {"SS": ["x", "y"]}}, "DELETE s :v", {":v": {"SS": ["x", "z"]}}, {"s": {"SS": ["y"]}}),
        ({"s": {"NS": ["1"]}}, "DELETE s :v", {":v": {"NS": ["1.0"]}}, {}),  # an empty set does not exist
        ({}, "DELETE s :v", {":v": {"SS": ["x"]}}, {}),
    ],
)
def test_an_update_makes(update, before, expression, values, after):
    assert update(before, expression, values) == after


def test_an_update_of_a_missing_item_creates_it(update):
    assert update(None, "SET a = :v", {":v": n(1)}) == {"a": n(1)}


def test_an_update_without_expression_creates_an_item_of_keys_only(dynamodb):
    dynamodb("UpdateItem", {"Key": KEY})
    assert dynamodb("GetItem", {"Key": KEY})["Item"] == KEY


@pytest.mark.parametrize(
    ("before", "expression", "values", "message"),
    [
        ({}, "SET a = a + :v", {":v": n(1)}, "refers to an attribute that does not exist in the item"),
        ({"a": {"S": "x"}}, "SET a = a + :v", {":v": n(1)}, "incorrect data type"),
        ({"a": {"S": "x"}}, "ADD a :v", {":v": n(1)}, "incorrect data type"),
        ({"a": {"S": "x"}}, "SET a = list_append(a, :v)", {":v": {"L": []}}, "incorrect data type"),
        ({"s": {"SS": ["x"]}}, "DELETE s :v", {":v": {"NS": ["1"]}}, "incorrect data type"),
        ({}, "SET m.x = :v", {":v": n(1)}, "document path provided in the update expression is invalid"),
        ({"m": {"L": []}}, "SET m.x = :v", {":v": n(1)}, "document path provided in the update expression is invalid"),
        ({}, "REMOVE m.x", None, "document path provided in the update expression is invalid"),
        ({}, "DELETE m.x :v", {":v": {"SS": ["x"]}}, "document path provided in the update expression is invalid"),
        (  # also where the same update appends something at that place
            {"l": {"L": []}},
            "REMOVE l[0].x SET l[5] = :v",
            {":v": {"M": {"x": n(1)}}},
            "document path provided in the update expression is invalid",
        ),
        ({"a": n("9" * 38)}, "SET a = a + :v", {":v": n("0.1")}, "more than 38 significant digits"),
        ({}, "SET a = :v + :w", {":v": n(1), ":w": {"S": "1"}}, "+, operand type: S"),
        ({}, "ADD a :v", {":v": {"S": "x"}}, "ADD, operand type: S"),
        ({}, "DELETE a :v", {":v": n(1)}, "DELETE, operand type: N"),
        ({}, "SET a = list_append(a, :v)", {":v": {"SS": ["x"]}}, "list_append, operand type: SS"),
        (
            {"a": {"L": []}},
            "SET a = list_append(list_append(a, :v), :v)",
            {":v": {"L": []}},
            "not allowed to be used this way in an expression; function: list_append",
        ),
        ({}, "SET a = :v, a = :v", {":v": n(1)}, "Two document paths overlap"),
        ({}, "SET a = :v REMOVE a.b", {":v": n(1)}, "Two document paths overlap"),
        ({}, "SET a.b = :v REMOVE a", {":v": n(1)}, "Two document paths overlap"),
        ({}, "SET a.b = :v, a[0] = :v", {":v": n(1)}, "Two document paths conflict"),
        ({}, "SET a = :v SET b = :v", {":v": n(1)}, '"SET" section can only be used once'),
        ({}, "SET pk = :v", {":v": {"S": "x"}}, "Cannot update attribute pk. This attribute is part of the key"),
        ({}, "REMOVE sk", None, "Cannot update attribute sk"),
        ({}, "SET count = :v", {":v": n(1)}, "reserved keyword: count"),
        ({}, "SET a = :v b = :v", {":v": n(1)}, "Syntax error"),
        ({"a": n(1)}, "SET a = ((a + :v))", {":v": n(1)}, "redundant parentheses"),
        ({}, "SET gsi1pk = :v", {":v": n(1)}, "Type mismatch for Index Key gsi1pk Expected: S Actual: N"),
        ({}, "SET gsi1pk = :v", {":v": {"S": ""}}, "cannot contain an empty string value. IndexName: gsi1"),
        ({}, "SET gsi1sk = :v", {":v": {"S": "x" * 1025}}, "gsi1sk has exceeded the maximum size limit of 1024"),
        ({}, "SET a = :v", {":v": {"S": "x" * 409_600}}, "Item size to update has exceeded"),
    ],
)
def test_an_update_that_does_not_fit_is_refused_and_changes_nothing(
    dynamodb, refusal, before, expression, values, message
):
    dynamodb("PutItem", {"Item": KEY | before})
    params: dict[str, Any] = {"Key": KEY, "UpdateExpression": expression}
    if values:
        params["ExpressionAttributeValues"] = values
    error = refusal(dynamodb, "UpdateItem", params)
    assert error.code == "ValidationException"
    assert message in error.message
    assert dynamodb("GetItem", {"Key": KEY})["Item"] == KEY | before


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("NONE", None),
        ("ALL_OLD", KEY | {"a": n(1), "m": {"M": {"x": n(1), "y": n(2)}}}),
        ("UPDATED_OLD", {"a": n(1), "m": {"M": {"x": n(1)}}}),
        ("ALL_NEW", KEY | {"a": n(2), "b": n(3), "m": {"M": {"x": n(4), "y": n(2)}}}),
        ("UPDATED_NEW", {"a": n(2), "b": n(3), "m": {"M": {"x": n(4)}}}),
    ],
)
def test_return_values_of_an_update(dynamodb, returned, expected):
    dynamodb("PutItem", {"Item": KEY | {"a": n(1), "m": {"M": {"x": n(1), "y": n(2)}}}})
    answer = dynamodb(
        "UpdateItem",
        {
            "Key": KEY,
            "UpdateExpression": "SET a = :a, b = :b, m.x = :x",
            "ExpressionAttributeValues": {":a": n(2), ":b": n(3), ":x": n(4)},
            "ReturnValues": returned,
        },
    )
    assert answer.get("Attributes") == expected


def test_what_the_caller_holds_is_not_what_is_stored(dynamodb):
    item = KEY | {"m": {"M": {"x": n(1)}}}
    dynamodb("PutItem", {"Item": item})
    item["m"]["M"]["x"] = n(2)
    answered = dynamodb("GetItem", {"Key": KEY})["Item"]
    answered["m"]["M"]["x"] = n(3)
    assert dynamodb("GetItem", {"Key": KEY})["Item"]["m"] == {"M": {"x": n(1)}}


def test_an_update_leaves_the_old_image_of_the_stream_as_it_was(engine, dynamodb):
    dynamodb("PutItem", {"Item": KEY | {"m": {"M": {"l": {"L": [n(1)]}}}}})
    dynamodb(
        "UpdateItem", {"Key": KEY, "UpdateExpression": "SET m.l[0] = :v", "ExpressionAttributeValues": {":v": n(2)}}
    )
    record = engine.dynamodb.table("orders").stream.read(1, 1)[0]["dynamodb"]
    assert record["OldImage"]["m"] == {"M": {"l": {"L": [n(1)]}}}
    assert record["NewImage"]["m"] == {"M": {"l": {"L": [n(2)]}}}


@pytest.mark.parametrize("expression", ["REMOVE m.x", "REMOVE l[0]", "REMOVE a"])
def test_what_only_removes_makes_no_item_where_none_is_wherever_the_path_leads(engine, dynamodb, expression):
    params = {"TableName": "orders", "Key": KEY, "UpdateExpression": expression}
    assert dynamodb("UpdateItem", params | {"ReturnValues": "ALL_NEW"}) == {}
    dynamodb("TransactWriteItems", {"TransactItems": [{"Update": params}]})
    assert "Item" not in dynamodb("GetItem", {"Key": KEY})
    assert engine.dynamodb.table("orders").stream.read(1, 10) == []


def test_what_sets_something_as_well_makes_the_item(update):
    assert update(None, "REMOVE m.x SET a = :v", {":v": n(1)}) == {"a": n(1)}
