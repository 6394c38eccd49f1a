from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.parsers import JSONParser
from botocore.session import get_session

from shared.aws import clients
from shared.aws.plain_json import PlainJsonParser, PlainJsonParsers
from shared.aws.table import Check, ConditionLost, Put, Table
from shared.kernel.errors import Contended, Unavailable

ITEM = {"pk": {"S": "I#a"}, "n": {"N": "3"}, "l": {"L": [{"M": {"x": {"NULL": True}}}, {"BOOL": False}]}}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Answers the next calls with this status and body, in the place of the network."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")

    def with_(status: int, body: bytes) -> None:
        headers = HTTPHeaders()
        headers["x-amzn-requestid"] = "r"

        class Raw:
            def stream(self) -> Any:
                yield body

        def send(_session: object, request: Any) -> AWSResponse:
            made = AWSResponse(request.url, status, headers, Raw())
            assert made.content == body
            return made

        monkeypatch.setattr(URLLib3Session, "send", send)

    return with_


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", {"Item": ITEM}),
        ("GetItem", {}),
        ("Query", {"Items": [ITEM, ITEM], "Count": 2, "ScannedCount": 5, "LastEvaluatedKey": {"pk": {"S": "I#a"}}}),
        (
            "BatchGetItem",
            {"Responses": {"Table": [ITEM]}, "UnprocessedKeys": {"Table": {"Keys": [{"pk": {"S": "a"}}]}}},
        ),
        ("BatchWriteItem", {"UnprocessedItems": {"Table": [{"PutRequest": {"Item": ITEM}}]}}),
        ("TransactWriteItems", {}),
    ],
)
def test_what_is_read_of_dynamodb_is_what_botocore_would_give(operation: str, body: dict[str, Any]) -> None:
    shape: Any = get_session().get_service_model("dynamodb").operation_model(operation).output_shape
    response = {"status_code": 200, "headers": {"x-amzn-requestid": "r"}, "body": json.dumps(body).encode()}
    plain = PlainJsonParser().parse(response, shape)
    assert plain == JSONParser().parse(response, shape)
    assert {name: value for name, value in plain.items() if name != "ResponseMetadata"} == body


def test_the_clients_use_it(answer: Any) -> None:
    answer(200, json.dumps({"Item": ITEM, "New": 1}).encode())
    assert clients.client("dynamodb").get_item(TableName="t", Key={})["New"] == 1


def test_other_protocols_keep_their_parser() -> None:
    assert type(PlainJsonParsers().create_parser("rest-json")).__name__ == "RestJSONParser"


def test_a_cancelled_transaction_still_names_the_writes_that_lost(answer: Any) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}]
    kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    answer(400, json.dumps({"__type": kind, "Message": "cancelled", "CancellationReasons": reasons}).encode())
    with pytest.raises(ConditionLost) as lost:
        Table("t").transact([Put({"pk": "a", "sk": "b"}), Check({"pk": "a", "sk": "c"}, "attribute_exists(pk)")])
    assert lost.value.lost == (1,)


def test_contention_is_still_told_from_a_lost_condition(answer: Any) -> None:
    kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException"
    body = {"__type": kind, "Message": "cancelled", "CancellationReasons": [{"Code": "TransactionConflict"}]}
    answer(400, json.dumps(body).encode())
    with pytest.raises(Contended):
        Table("t").transact([Put({"pk": "a", "sk": "b"}), Put({"pk": "a", "sk": "c"})])


def test_an_unknown_error_keeps_its_code_and_message(answer: Any) -> None:
    answer(400, b'{"__type": "com.amazon.coral.validate#ValidationException", "message": "no such attribute"}')
    with pytest.raises(ClientError) as error:
        Table("t").get({"pk": "a", "sk": "b"})
    assert error.value.response["Error"] == {"Message": "no such attribute", "Code": "ValidationException"}


def test_a_broken_answer_is_never_taken_for_an_absent_item(answer: Any) -> None:
    answer(200, b'{"Item": {"pk"')
    with pytest.raises(Unavailable) as error:
        Table("t").get({"pk": "a", "sk": "b"})
    assert isinstance(error.value.__cause__, HTTPClientError)
