"""Transactions: all or nothing, reasons per action, and tokens that make repetition harmless."""

from __future__ import annotations

from typing import Any

import pytest

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}


def put(name: str, **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": "orders", "Item": {"pk": {"S": name}, "sk": {"S": "x"}}} | more}


def add_one(name: str, condition: str | None = None) -> dict[str, Any]:
    update = {
        "TableName": "orders",
        "Key": {"pk": {"S": name}, "sk": {"S": "x"}},
        "UpdateExpression": "SET units = if_not_exists(units, :z) + :one",
        "ExpressionAttributeValues": {":z": {"N": "0"}, ":one": {"N": "1"}},
    }
    return {"Update": update | ({} if condition is None else {"ConditionExpression": condition})}


@pytest.fixture
def transact(dynamodb):
    def write(*actions: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        params: dict[str, Any] = {"TransactItems": list(actions)}
        if token is not None:
            params["ClientRequestToken"] = token
        return dynamodb("TransactWriteItems", params)

    return write


@pytest.fixture
def stored(dynamodb):
    """The item put or updated under a name."""

    def item(name: str) -> dict[str, Any] | None:
        return dynamodb("GetItem", {"Key": {"pk": {"S": name}, "sk": {"S": "x"}}}).get("Item")

    return item


def test_all_kinds_of_action_are_done_together(transact, stored):
    transact(put("old"), put("checked"))
    assert (
        transact(
            put("new"),
            add_one("counter"),
            {"Delete": {"TableName": "orders", "Key": {"pk": {"S": "old"}, "sk": {"S": "x"}}}},
            {
                "ConditionCheck": {
                    "TableName": "orders",
                    "Key": {"pk": {"S": "checked"}, "sk": {"S": "x"}},
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
        )
        == {}
    )
    assert stored("new") is not None
    assert stored("counter")["units"] == {"N": "1"}
    assert stored("old") is None
    assert stored("checked") is not None


def test_one_false_condition_undoes_everything_and_every_action_has_its_reason(engine, transact, stored, refusal):
    transact(put("there"))
    position = engine.dynamodb.table("orders").stream.last_position
    error = refusal(
        transact,
        put("first"),
        put("there", ConditionExpression="attribute_not_exists(pk)"),
        add_one("counter"),
    )
    assert error.code == "TransactionCanceledException"
    assert "[None, ConditionalCheckFailed, None]" in error.message
    assert error.extra["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
        {"Code": "None"},
    ]
    assert stored("first") is None
    assert stored("counter") is None
    assert engine.dynamodb.table("orders").stream.last_position == position


def test_a_reason_shows_the_item_on_request(transact, refusal):
    transact(put("there"))
    refused = put(
        "there", ConditionExpression="attribute_not_exists(pk)", ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    absent = add_one("nowhere", "attribute_exists(pk)")
    absent["Update"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    reasons = refusal(transact, refused, absent).extra["CancellationReasons"]
    assert reasons[0]["Item"] == {"pk": {"S": "there"}, "sk": {"S": "x"}}
    assert "Item" not in reasons[1]


def test_an_update_that_does_not_fit_its_item_cancels_with_a_validation_error(transact, stored, refusal):
    item = put("there")
    item["Put"]["Item"]["units"] = {"S": "many"}
    transact(item)
    error = refusal(transact, put("new"), add_one("there"))
    assert [reason["Code"] for reason in error.extra["CancellationReasons"]] == ["None", "ValidationError"]
    assert stored("new") is None


def test_an_action_that_is_wrong_in_itself_is_refused_before_anything(transact, refusal):
    wrong = put("o1", ConditionExpression="status = :s")
    assert refusal(transact, wrong).code == "ValidationException"
    empty_check = {"ConditionCheck": {"TableName": "orders", "Key": KEY}}
    assert refusal(transact, empty_check).code == "ValidationException"
    assert refusal(transact, {"Put": {}, "Delete": {}}).code == "ValidationException"


def test_a_key_or_index_key_of_a_wrong_type_is_its_actions_reason_but_an_empty_one_is_refused(transact, refusal):
    wrong_key = {"Put": {"TableName": "orders", "Item": {"pk": {"N": "1"}, "sk": {"S": "x"}}}}
    wrong_index_key = put("o2")
    wrong_index_key["Put"]["Item"]["gsi1pk"] = {"N": "1"}
    delete = {"Delete": {"TableName": "orders", "Key": {"pk": {"S": "o3"}}}}
    error = refusal(transact, put("o1"), wrong_key, wrong_index_key, delete)
    assert error.code == "TransactionCanceledException"
    assert [reason["Code"] for reason in error.extra["CancellationReasons"]] == ["None"] + ["ValidationError"] * 3
    empty = {"Put": {"TableName": "orders", "Item": {"pk": {"S": ""}, "sk": {"S": "x"}}}}
    assert refusal(transact, put("o1"), empty).code == "ValidationException"


def test_a_token_has_at_most_36_characters(transact, refusal):
    assert refusal(lambda: transact(put("o1"), token="x" * 37)).code == "ValidationException"


def test_an_item_appears_once_in_a_transaction(transact, refusal):
    assert "multiple operations on one item" in refusal(transact, put("o1"), add_one("o1")).message


def test_a_transaction_has_at_most_100_actions(transact, refusal):
    transact(*(put(f"o{number}") for number in range(100)))
    assert "less than or equal to 100" in refusal(transact, *(put(f"p{number}") for number in range(101))).message


def test_a_transaction_has_at_most_4_mb(transact, stored, refusal):
    def large(number: int) -> dict[str, Any]:
        action = put(f"o{number}")
        action["Put"]["Item"]["a"] = {"S": "x" * 400_000}
        return action

    transact(*map(large, range(10)))
    assert "4 MB" in refusal(transact, *map(large, range(20, 31))).message
    assert stored("o20") is None


def test_a_repeated_token_does_nothing_more(transact, stored):
    transact(add_one("counter"), token="t1")
    transact(add_one("counter"), token="t1")
    assert stored("counter")["units"] == {"N": "1"}
    transact(add_one("counter"), token="t2")
    assert stored("counter")["units"] == {"N": "2"}


def test_a_repeated_token_succeeds_though_its_condition_would_now_fail(transact):
    transact(put("o1", ConditionExpression="attribute_not_exists(pk)"), token="t1")
    assert transact(put("o1", ConditionExpression="attribute_not_exists(pk)"), token="t1") == {}


def test_a_token_for_another_transaction_is_a_mismatch(transact, stored, refusal):
    transact(add_one("counter"), token="t1")
    error = refusal(lambda: transact(add_one("other"), token="t1"))
    assert error.code == "IdempotentParameterMismatchException"
    assert stored("other") is None


def test_a_token_is_forgotten_after_ten_minutes_of_virtual_time(clock, transact, stored):
    transact(add_one("counter"), token="t1")
    clock.advance(minutes=9, seconds=59)
    transact(add_one("counter"), token="t1")
    assert stored("counter")["units"] == {"N": "1"}
    clock.advance(seconds=1)
    transact(add_one("counter"), token="t1")
    assert stored("counter")["units"] == {"N": "2"}


def test_a_cancelled_transaction_does_not_use_up_its_token(transact, stored, refusal):
    action = add_one("counter", "attribute_exists(pk)")
    refusal(lambda: transact(action, token="t1"))
    transact(put("counter"))
    transact(action, token="t1")
    assert stored("counter")["units"] == {"N": "1"}


def test_a_transactional_read_answers_in_order_with_nothing_for_what_is_missing(dynamodb, transact):
    transact(put("o1"), put("o2"))
    get = [
        {"Get": {"TableName": "orders", "Key": {"pk": {"S": name}, "sk": {"S": "x"}}}} for name in ("o2", "no", "o1")
    ]
    get[0]["Get"]["ProjectionExpression"] = "pk"
    answer = dynamodb("TransactGetItems", {"TransactItems": get})
    assert answer["Responses"] == [
        {"Item": {"pk": {"S": "o2"}}},
        {},
        {"Item": {"pk": {"S": "o1"}, "sk": {"S": "x"}}},
    ]
