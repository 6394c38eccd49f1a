"""Truth of conditions and filters, and what is refused before any item is looked at."""

from __future__ import annotations

from typing import Any

import pytest

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}
ITEM = KEY | {
    "quantity": {"N": "10"},
    "price": {"N": "2.50"},
    "sku": {"S": "ABC-1"},
    "smile": {"S": "\U0001f642"},
    "payload": {"B": "AAEC"},
    "gone": {"NULL": True},
    "is_open": {"BOOL": True},
    "tags": {"SS": ["red", "blue"]},
    "sizes": {"NS": ["1", "2.0"]},
    "moves": {"L": [{"S": "accept"}, {"M": {"units": {"N": "3"}}}]},
    "address": {"M": {"city": {"S": "Örebro"}, "zip": {"N": "70210"}}},
}


VALUES = {":t": {"BOOL": True}, ":f": {"BOOL": False}}


@pytest.fixture
def matches(dynamodb):
    """Whether a filter lets the one item through."""
    dynamodb("PutItem", {"Item": ITEM})

    def filtered(expression: str, values: dict[str, Any], names: dict[str, str] | None = None) -> bool:
        params: dict[str, Any] = {"FilterExpression": expression}
        if values:
            params["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
        if names:
            params["ExpressionAttributeNames"] = {f"#{name}": value for name, value in names.items()}
        return dynamodb("Scan", params)["Count"] == 1

    return filtered


@pytest.mark.parametrize(
    ("expression", "values", "expected"),
    [
        ("quantity = :v", {"v": {"N": "10"}}, True),
        ("quantity = :v", {"v": {"N": "10.0"}}, True),  # numbers are compared as numbers
        ("quantity = :v", {"v": {"N": "1E1"}}, True),
        ("quantity = :v", {"v": {"S": "10"}}, False),  # of another type
        ("quantity <> :v", {"v": {"S": "10"}}, True),
        ("absent = :v", {"v": {"S": "x"}}, False),
        ("absent <> :v", {"v": {"S": "x"}}, True),
        ("absent < :v", {"v": {"S": "x"}}, False),
        ("absent > :v", {"v": {"S": "x"}}, False),
        ("quantity < :v", {"v": {"N": "9"}}, False),  # not as text, where "10" < "9"
        ("quantity > :v", {"v": {"N": "9"}}, True),
        ("quantity >= :v", {"v": {"N": "10"}}, True),
        ("quantity < :v", {"v": {"S": "9"}}, False),
        ("price < :v", {"v": {"N": "2.6"}}, True),
        ("price > quantity", {}, False),
        ("price < quantity", {}, True),
        ("sku < :v", {"v": {"S": "ABC-2"}}, True),
        ("payload > :v", {"v": {"B": "AAEB"}}, True),
        ("quantity BETWEEN :a AND :b", {"a": {"N": "10"}, "b": {"N": "12"}}, True),
        ("quantity BETWEEN :a AND :b", {"a": {"N": "11"}, "b": {"N": "12"}}, False),
        ("quantity BETWEEN :a AND :b AND is_open = :t", {"a": {"N": "1"}, "b": {"N": "12"}, "t": {"BOOL": True}}, True),
        ("sku IN (:a, :b)", {"a": {"S": "x"}, "b": {"S": "ABC-1"}}, True),
        ("sku IN (:a)", {"a": {"S": "x"}}, False),
        ("absent IN (:a)", {"a": {"S": "x"}}, False),
        ("attribute_exists(moves[1].units)", {}, True),
        ("attribute_exists(moves[2])", {}, False),
        ("attribute_exists(address.street)", {}, False),
        ("attribute_exists(gone)", {}, True),
        ("attribute_not_exists(absent)", {}, True),
        ("attribute_not_exists(address.city)", {}, False),
        ("attribute_type(tags, :t)", {"t": {"S": "SS"}}, True),
        ("attribute_type(tags, :t)", {"t": {"S": "L"}}, False),
        ("attribute_type(:v, :t)", {"v": {"N": "1"}, "t": {"S": "N"}}, True),
        ("attribute_type(:v, :t)", {"v": {"N": "1"}, "t": {"S": "S"}}, False),
        ("begins_with(:v, sku)", {"v": {"S": "ABC-1/2"}}, True),
        ("begins_with(sku, :p)", {"p": {"S": "ABC"}}, True),
        ("begins_with(quantity, :p)", {"p": {"S": "1"}}, False),
        ("begins_with(payload, :p)", {"p": {"B": "AAE="}}, True),
        ("contains(sku, :p)", {"p": {"S": "C-"}}, True),
        ("contains(tags, :p)", {"p": {"S": "red"}}, True),
        ("contains(tags, :p)", {"p": {"S": "re"}}, False),
        ("contains(sizes, :p)", {"p": {"N": "2"}}, True),
        ("contains(moves, :p)", {"p": {"S": "accept"}}, True),
        ("contains(moves, :p)", {"p": {"S": "acc"}}, False),
        ("size(sku) = :n", {"n": {"N": "5"}}, True),
        ("size(smile) = :n", {"n": {"N": "2"}}, True),  # UTF-16 code units, neither bytes nor characters
        ("size(tags) = :n", {"n": {"N": "2"}}, True),
        ("size(moves) > :n", {"n": {"N": "1"}}, True),
        ("size(payload) = :n", {"n": {"N": "3"}}, True),
        ("size(address) BETWEEN :n AND :n", {"n": {"N": "2"}}, True),
        ("size(quantity) >= :n", {"n": {"N": "0"}}, False),  # a number has no size
        ("tags = :t", {"t": {"SS": ["blue", "red"]}}, True),  # a set has no order
        ("moves = :t", {"t": {"L": [{"M": {"units": {"N": "3"}}}, {"S": "accept"}]}}, False),
        ("address.city = :c", {"c": {"S": "Örebro"}}, True),
        ("moves[1].units = :u", {"u": {"N": "3"}}, True),
        ("moves[0].units = :u", {"u": {"N": "3"}}, False),
    ],
)
def test_a_comparison_or_function_holds(matches, expression, values, expected):
    assert matches(expression, values) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a = :t OR a = :f AND a = :f", True),  # AND binds more tightly than OR
        ("(a = :t OR a = :f) AND a = :f", False),
        ("NOT a = :t OR a = :t", True),  # NOT binds more tightly than both
        ("NOT (a = :t OR a = :f)", False),
        ("NOT NOT a = :t", True),
        ("not a = :f and a = :t", True),  # keywords in any case
    ],
)
def test_operators_bind_in_the_documented_order(dynamodb, expression, expected):
    dynamodb("PutItem", {"Item": KEY | {"a": {"BOOL": True}}})
    values = {name: value for name, value in VALUES.items() if name in expression}
    found = dynamodb("Scan", {"FilterExpression": expression, "ExpressionAttributeValues": values})
    assert (found["Count"] == 1) is expected


def test_an_aliased_name_with_a_dot_is_one_name(dynamodb, matches):
    dynamodb("PutItem", {"Item": KEY | {"a.b": {"S": "x"}}})
    assert matches("#n = :v", {"v": {"S": "x"}}, {"n": "a.b"})
    assert not matches("a.b = :v", {"v": {"S": "x"}})


@pytest.mark.parametrize(
    ("expression", "values", "message"),
    [
        ("status = :v", {":v": {"S": "x"}}, "reserved keyword: status"),
        ("address.zone = :v", {":v": {"S": "x"}}, "reserved keyword: zone"),
        ("sku = :v AND", {":v": {"S": "x"}}, 'Syntax error; token: "<EOF>", near: "AND"'),
        ("GI-1 = :v", {":v": {"S": "x"}}, 'Syntax error; token: "-", near: "GI-1"'),
        ("sku = :v AND " * 400 + "sku = :v", {":v": {"S": "x"}}, "Expression size has exceeded the maximum"),
        ("sku == :v", {":v": {"S": "x"}}, 'Syntax error; token: "="'),
        ("_sku = :v", {":v": {"S": "x"}}, 'Syntax error; token: "_"'),
        ("", {}, "The expression can not be empty"),
        ("((sku = :v))", {":v": {"S": "x"}}, "redundant parentheses"),
        ("sku = sku", {}, "first operand must be distinct"),
        ("contains(sku, sku)", {}, "first operand must be distinct"),
        ("starts(sku, :v)", {":v": {"S": "x"}}, "Invalid function name; function: starts"),
        ("contains(sku)", {}, "Incorrect number of operands"),
        ("attribute_exists(:v)", {":v": {"S": "x"}}, "requires a document path"),
        ("begins_with(:v, sku)", {":v": {"N": "1"}}, "begins_with, operand type: N"),
        ("begins_with(sku, :v)", {":v": {"N": "1"}}, "begins_with, operand type: N"),
        ("sku < :v", {":v": {"BOOL": True}}, "<, operand type: BOOL"),
        ("attribute_type(sku, :v)", {":v": {"S": "STRING"}}, "Invalid attribute type name"),
        ("sku BETWEEN :b AND :a", {":a": {"S": "a"}, ":b": {"S": "b"}}, "upper bound to be greater"),
        ("sku BETWEEN :a AND :b", {":a": {"S": "a"}, ":b": {"N": "1"}}, "same data type"),
        ("sku IN (" + ", ".join([":v"] * 101) + ")", {":v": {"S": "x"}}, "number of operands: 101"),
        ("sku = :w", {":v": {"S": "x"}}, "attribute value: :w"),
        ("#s = :v", {":v": {"S": "x"}}, "attribute name: #s"),
        (
            "sku = :v",
            {":v": {"S": "x"}, ":w": {"S": "y"}},
            "ExpressionAttributeValues unused in expressions: keys: {:w}",
        ),
        ("attribute_exists(sku)", {":v": {"S": "x"}}, "ExpressionAttributeValues unused in expressions: keys: {:v}"),
    ],
)
def test_a_wrong_condition_is_refused_even_if_no_item_is_met(dynamodb, refusal, expression, values, message):
    params: dict[str, Any] = {"FilterExpression": expression}
    if values:
        params["ExpressionAttributeValues"] = values
    error = refusal(dynamodb, "Scan", params)
    assert error.code == "ValidationException"
    assert message in error.message


def test_an_unused_name_is_refused(dynamodb, refusal):
    params = {"FilterExpression": "attribute_exists(sku)", "ExpressionAttributeNames": {"#s": "sku"}}
    assert "ExpressionAttributeNames unused in expressions: keys: {#s}" in refusal(dynamodb, "Scan", params).message


def test_values_without_an_expression_are_refused(dynamodb, refusal):
    error = refusal(dynamodb, "Scan", {"ExpressionAttributeValues": {":v": {"S": "x"}}})
    assert error.message == "ExpressionAttributeValues can only be specified when using expressions"


def test_a_name_used_by_one_of_two_expressions_is_used(dynamodb):
    dynamodb("PutItem", {"Item": ITEM})
    found = dynamodb(
        "Query",
        {
            "KeyConditionExpression": "#pk = :pk",
            "FilterExpression": "#q = :q",
            "ProjectionExpression": "#q, sku",
            "ExpressionAttributeNames": {"#pk": "pk", "#q": "quantity"},
            "ExpressionAttributeValues": {":pk": {"S": "o1"}, ":q": {"N": "10"}},
        },
    )
    assert found["Items"] == [{"quantity": {"N": "10"}, "sku": {"S": "ABC-1"}}]
