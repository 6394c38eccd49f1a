"""Real botocore clients on the engine: requests, errors, retries, hooks, and no network."""

from __future__ import annotations

import socket
from enum import StrEnum

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from infra.local.engine import ServiceError, current_caller, transport
from infra.local.engine.errors import UnsupportedRequestError

KEY = {"pk": {"S": "o1"}, "sk": {"S": "line"}}


@pytest.fixture(scope="module")
def session():
    session = botocore.session.get_session()
    session.set_credentials("key", "secret")
    return session


@pytest.fixture
def client(engine, session, monkeypatch):
    """A client of a service on the engine, with sockets that must not be opened and no waiting."""

    def no_socket(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    transport.install(engine)
    yield lambda service, **config: session.create_client(service, region_name="eu-west-1", config=Config(**config))
    transport.uninstall()


def count(operation: str, engine) -> int:
    return engine.meter.by_operation()[operation].calls


def test_every_service_is_reached(engine, client):
    queue = engine.sqs.create_queue("work", {})
    engine.events.create_bus("bus")
    engine.secrets.create_secret("arn:aws:secretsmanager:eu-west-1:111122223333:secret:s", "s", "value")
    client("dynamodb").put_item(TableName="orders", Item=KEY)
    client("sqs").send_message(QueueUrl=queue, MessageBody="x")
    client("events").put_events(Entries=[{"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": "bus"}])
    content = {"Simple": {"Subject": {"Data": "é"}, "Body": {"Text": {"Data": "x"}}}}
    client("sesv2").send_email(
        FromEmailAddress="a@example.com", Destination={"ToAddresses": ["b@example.com"]}, Content=content
    )
    assert client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "value"
    assert set(engine.meter.by_operation()) == {
        "dynamodb.PutItem",
        "sqs.SendMessage",
        "events.PutEvents",
        "sesv2.SendEmail",
        "secretsmanager.GetSecretValue",
    }
    assert engine.ses.mailbox[0]["subject"] == "é"


def test_binary_values_make_the_round_trip(client):
    dynamodb = client("dynamodb")
    dynamodb.put_item(TableName="orders", Item=KEY | {"b": {"B": b"\x00\xff"}, "s": {"BS": [b"\x01"]}})
    item = dynamodb.get_item(TableName="orders", Key=KEY)["Item"]
    assert (item["b"], item["s"]) == ({"B": b"\x00\xff"}, {"BS": [b"\x01"]})


def test_a_modelled_error_arrives_as_its_exception_with_its_members(client):
    dynamodb = client("dynamodb")
    dynamodb.put_item(TableName="orders", Item=KEY)
    refused = {
        "TableName": "orders",
        "Item": KEY,
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failed:
        dynamodb.put_item(**refused)
    assert failed.value.response["Item"] == KEY
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
        dynamodb.transact_write_items(TransactItems=[{"Put": refused}])
    assert cancelled.value.response["Error"]["Message"].startswith("Transaction cancelled")
    assert cancelled.value.response["CancellationReasons"] == [
        {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": KEY}
    ]


def test_sqs_errors_have_their_query_codes(engine, client):
    sqs = client("sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as missing:
        sqs.send_message(QueueUrl=engine.sqs.url("nowhere"), MessageBody="x")
    assert missing.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_rest_errors_have_their_code(engine, client):
    engine.ses.create_identity("shop.example")
    sesv2 = client("sesv2")
    content = {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "x"}}}}
    mail = {"Destination": {"ToAddresses": ["b@example.com"]}, "Content": content}
    with pytest.raises(sesv2.exceptions.MessageRejected):
        sesv2.send_email(FromEmailAddress="a@example.com", **mail)
    with pytest.raises(sesv2.exceptions.NotFoundException):
        sesv2.send_email(FromEmailAddress="a@shop.example", ConfigurationSetName="unknown", **mail)


def test_what_is_not_part_of_the_engine_fails_in_the_client(client):
    with pytest.raises(UnsupportedRequestError, match="ListTables"):
        client("dynamodb").list_tables()
    with pytest.raises(UnsupportedRequestError, match="list-identities"):
        client("sesv2").list_email_identities()
    with pytest.raises(UnsupportedRequestError, match="s3"):
        client("s3").list_buckets()


def test_a_refusal_before_the_request_leaves_nothing_done(engine, client):
    def deny(caller: str | None, service: str, operation: str, _params: object) -> None:
        raise ServiceError("AccessDeniedException", f"{caller} may not {service}:{operation}")

    dynamodb = client("dynamodb")
    engine.before.append(deny)
    token = current_caller.set("api")
    with pytest.raises(ClientError, match="api may not dynamodb:PutItem"):
        dynamodb.put_item(TableName="orders", Item=KEY)
    current_caller.reset(token)
    assert list(engine.dynamodb.table("orders").items()) == []


def test_a_throttled_request_is_tried_again_by_botocore(engine, client):
    refusals = [ServiceError("ProvisionedThroughputExceededException", "slow down")] * 2

    def throttle(*_: object) -> None:
        if refusals:
            raise refusals.pop()

    dynamodb = client("dynamodb")
    engine.before.append(throttle)
    answer = dynamodb.put_item(TableName="orders", Item=KEY)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert count("dynamodb.PutItem", engine) == 1


def test_a_timeout_after_the_request_means_done_and_tried_again(engine, client):
    """The late answer every client must survive: a bare counter counts twice, a transaction's token saves it."""
    timeouts = [ReadTimeoutError(endpoint_url="https://dynamodb")] * 2

    def lose_the_answer(*_: object) -> None:
        if len(timeouts) > 0:
            raise timeouts.pop()

    dynamodb = client("dynamodb", retries={"total_max_attempts": 2, "mode": "standard"})
    update = {
        "TableName": "orders",
        "Key": KEY,
        "UpdateExpression": "ADD units :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    engine.after.append(lose_the_answer)
    timeouts.pop()
    dynamodb.update_item(**update)
    timeouts.append(ReadTimeoutError(endpoint_url="https://dynamodb"))
    dynamodb.transact_write_items(TransactItems=[{"Update": update}])
    (item,) = engine.dynamodb.table("orders").items()
    assert item["units"] == {"N": "3"}


def test_a_connection_that_fails_before_the_request_does_nothing(engine, client):
    def unreachable(*_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://sqs")

    sqs = client("sqs", retries={"total_max_attempts": 1})
    url = engine.sqs.create_queue("work", {})
    engine.before.append(unreachable)
    with pytest.raises(ConnectTimeoutError):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert engine.sqs.counts()["work"].visible == 0


def test_a_crash_leaves_botocore_at_once(engine, client):
    class Crash(BaseException):
        pass

    attempts = []

    def crash(*_: object) -> None:
        attempts.append(1)
        raise Crash

    dynamodb = client("dynamodb")
    engine.before.append(crash)
    with pytest.raises(Crash):
        dynamodb.put_item(TableName="orders", Item=KEY)
    assert len(attempts) == 1


def test_hooks_see_who_calls_what_and_what_came_of_it(engine, client):
    seen = []
    engine.before.append(lambda caller, service, operation, params: seen.append((caller, service, operation)))
    engine.after.append(lambda *call: seen.append(call[-1]))
    dynamodb = client("dynamodb")
    token = current_caller.set("allocate_stock")
    dynamodb.put_item(TableName="orders", Item=KEY)
    current_caller.reset(token)
    with pytest.raises(ClientError):
        dynamodb.put_item(TableName="orders", Item=KEY, ConditionExpression="attribute_not_exists(pk)")
    assert seen[:3] == [("allocate_stock", "dynamodb", "PutItem"), {}, (None, "dynamodb", "PutItem")]
    assert isinstance(seen[3], ServiceError)
    assert engine.dynamodb.meter.by_caller()["allocate_stock"].write_units == 1


@pytest.fixture
def direct(engine, session):
    """A client of a service on the engine without the wire."""
    transport.install(engine, direct=True)
    yield lambda service: session.create_client(service, region_name="eu-west-1")
    transport.uninstall()


def test_without_the_wire_nothing_written_or_refused_is_shared_with_the_engine(engine, direct):
    item = KEY | {"m": {"M": {"x": {"N": "1"}}}}
    dynamodb = direct("dynamodb")
    dynamodb.put_item(TableName="orders", Item=item)
    item["m"]["M"]["x"]["N"] = "2"
    refused = {"TableName": "orders", "Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"}
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException) as failed:
        dynamodb.put_item(ReturnValuesOnConditionCheckFailure="ALL_OLD", **refused)
    failed.value.response["Item"]["m"]["M"]["x"]["N"] = "4"
    (stored,) = engine.dynamodb.table("orders").items()
    assert stored["m"] == {"M": {"x": {"N": "1"}}}


def test_without_the_wire_subtypes_become_plain_values(engine, direct):
    class Kind(StrEnum):
        LINE = "line"

    class Label(str):
        __slots__ = ()

    key = {"pk": {"S": Label("o1")}, "sk": {"S": Kind.LINE}}
    direct("dynamodb").put_item(TableName="orders", Item=key | {"tags": {"SS": ("a", "b")}})
    (stored,) = engine.dynamodb.table("orders").items()
    assert stored == KEY | {"tags": {"SS": ["a", "b"]}}
    assert {type(value) for name in ("pk", "sk") for value in stored[name].values()} == {str}


def test_without_the_wire_none_fails_loudly(direct):
    with pytest.raises(UnsupportedRequestError):
        direct("dynamodb").put_item(TableName="orders", Item=KEY | {"a": {"S": None}})


def test_without_the_wire_errors_have_their_classes_and_hooks_see_the_calls(engine, direct):
    seen = []
    engine.before.append(lambda *call: seen.append(call[:3]))
    sqs = direct("sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as missing:
        sqs.send_message(QueueUrl=engine.sqs.url("nowhere"), MessageBody="x")
    assert missing.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert seen == [(None, "sqs", "SendMessage")]


def test_uninstalling_gives_the_network_back(engine):
    from botocore.client import BaseClient
    from botocore.httpsession import URLLib3Session

    original, original_call = URLLib3Session.send, BaseClient._make_api_call
    transport.install(engine, direct=True)
    assert BaseClient._make_api_call is not original_call
    transport.install(engine)
    assert BaseClient._make_api_call is original_call
    assert transport.installed() is engine
    assert URLLib3Session.send is not original
    transport.uninstall()
    assert transport.installed() is None
    assert URLLib3Session.send is original
