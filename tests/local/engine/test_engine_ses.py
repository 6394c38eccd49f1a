"""Mail, events and secrets."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from infra.local.engine.errors import ServiceError

MAIL = {
    "FromEmailAddress": "Shop <orders@shop.example>",
    "Destination": {"ToAddresses": ["anna@example.com"]},
    "ReplyToAddresses": ["help@shop.example"],
    "Content": {
        "Simple": {
            "Subject": {"Data": "Your order", "Charset": "UTF-8"},
            "Body": {"Text": {"Data": "Hej då"}, "Html": {"Data": "<p>Hej då</p>"}},
            "Headers": [{"Name": "X-Order", "Value": "o1"}],
        }
    },
    "EmailTags": [{"Name": "kind", "Value": "accepted"}],
    "ConfigurationSetName": "mails",
}


@pytest.fixture
def send(engine):
    engine.ses.create_configuration_set("mails")
    return lambda **change: engine.execute("sesv2", "SendEmail", MAIL | change)


def test_a_mail_is_kept_as_it_was_sent(engine, clock, send):
    answer = send()
    assert engine.ses.mailbox == [
        {
            "message_id": answer["MessageId"],
            "sent_at": clock.now,
            "from": "Shop <orders@shop.example>",
            "to": ["anna@example.com"],
            "reply_to": ["help@shop.example"],
            "subject": "Your order",
            "text": "Hej då",
            "html": "<p>Hej då</p>",
            "headers": {"X-Order": "o1"},
            "attachments": [],
            "tags": {"kind": "accepted"},
            "configuration_set": "mails",
        }
    ]


def test_two_mails_have_two_ids(send):
    assert send()["MessageId"] != send()["MessageId"]


def test_a_raw_mail_is_taken_apart(engine, send):
    raw = (
        b"From: orders@shop.example\r\nTo: anna@example.com\r\nSubject: =?utf-8?q?=C3=85ter?=\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHej\r\n"
    )
    content = {"Raw": {"Data": base64.b64encode(raw).decode()}}
    engine.execute("sesv2", "SendEmail", {"Content": content})
    (mail,) = engine.ses.mailbox
    assert (mail["from"], mail["to"], mail["subject"]) == ("orders@shop.example", ["anna@example.com"], "Åter")
    assert mail["text"].strip() == "Hej"


@pytest.mark.parametrize("identity", ["shop.example", "orders@shop.example", "Example"])
def test_a_sender_of_a_verified_identity_may_send(engine, send, identity):
    engine.ses.create_identity(identity)
    assert send()["MessageId"]


@pytest.mark.parametrize("identity", ["other.example", "billing@shop.example", "op.example"])
def test_a_sender_of_no_verified_identity_is_rejected(engine, send, refusal, identity):
    engine.ses.create_identity(identity)
    error = refusal(send)
    assert error.code == "MessageRejected"
    assert "not verified" in error.message
    assert engine.ses.mailbox == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ConfigurationSetName": "unknown"}, "NotFoundException"),
        ({"EmailTags": [{"Name": "kind", "Value": "a b"}]}, "BadRequestException"),
        ({"EmailTags": [{"Name": "", "Value": "a"}]}, "BadRequestException"),
        ({"Destination": {"ToAddresses": []}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["nobody"]}}, "BadRequestException"),
        ({"Destination": {"ToAddresses": ["å@example.com"]}}, "BadRequestException"),
        ({"Destination": {"BccAddresses": [f"a{n}@example.com" for n in range(51)]}}, "BadRequestException"),
        ({"Content": {}}, "BadRequestException"),
    ],
)
def test_what_ses_does_not_send(engine, send, refusal, change, code):
    assert refusal(lambda: send(**change)).code == code
    assert engine.ses.mailbox == []


def test_templates_are_not_part_of_the_engine(send):
    with pytest.raises(NotImplementedError, match="Simple and Raw"):
        send(Content={"Template": {"TemplateName": "t", "TemplateData": "{}"}})


@pytest.fixture
def put_events(engine):
    engine.events.create_bus("backorders")

    def put(*changes: dict[str, Any]) -> dict[str, Any]:
        entry = {"Source": "shop", "DetailType": "recorded", "Detail": '{"id": 1}', "EventBusName": "backorders"}
        return engine.execute("events", "PutEvents", {"Entries": [entry | change for change in changes]})

    return put


def test_an_event_is_kept_in_its_envelope(engine, clock, put_events):
    answer = put_events({})
    (event,) = engine.events.published
    assert answer == {"FailedEntryCount": 0, "Entries": [{"EventId": event.envelope["id"]}]}
    assert (event.bus, event.put_at) == ("backorders", clock.now)
    assert event.envelope == {
        "version": "0",
        "id": event.envelope["id"],
        "detail-type": "recorded",
        "source": "shop",
        "account": "111122223333",
        "time": "2026-01-05T09:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {"id": 1},
    }


def test_a_bus_is_found_by_its_arn(engine, put_events):
    assert put_events({"EventBusName": engine.events.arn("backorders")})["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Detail": "not json"}, "MalformedDetail"),
        ({"Detail": "[1]"}, "MalformedDetail"),
        ({"Detail": '{"n":' + "[" * 3_000 + "]" * 3_000 + "}"}, "MalformedDetail"),
        ({"Source": ""}, "InvalidArgument"),
        ({"DetailType": "x" * 129}, "InvalidArgument"),
        ({"EventBusName": "nowhere"}, "InvalidArgument"),
    ],
)
def test_a_wrong_entry_fails_alone(engine, put_events, change, code):
    answer = put_events({}, change)
    assert answer["FailedEntryCount"] == 1
    assert "EventId" in answer["Entries"][0]
    assert answer["Entries"][1]["ErrorCode"] == code
    assert len(engine.events.published) == 1


def test_a_request_has_1_to_10_entries_and_at_most_one_megabyte(put_events, refusal):
    large = {"Detail": json.dumps({"text": "x" * 600_000})}
    for changes in ([], [{}] * 11, [large, large], [{"Source": ""}]):
        assert refusal(put_events, *changes).code == "ValidationException"


def test_a_secret_has_the_same_value_in_every_run(engine, refusal):
    arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:signing-AbCdEf"
    engine.secrets.create_secret(arn, "signing")
    by_arn = engine.execute("secretsmanager", "GetSecretValue", {"SecretId": arn})
    by_name = engine.execute("secretsmanager", "GetSecretValue", {"SecretId": "signing"})
    assert by_arn == by_name
    assert by_arn["SecretString"].startswith("74a87c3f0e01590b")
    assert (
        refusal(engine.execute, "secretsmanager", "GetSecretValue", {"SecretId": "x"}).code
        == "ResourceNotFoundException"
    )


def test_attachments_are_kept_and_their_encoding_must_fit(engine, send):
    def simple(**attachment):
        return {
            "Simple": {
                "Subject": {"Data": "Your order"},
                "Body": {"Text": {"Data": "Hej"}},
                "Attachments": [{"FileName": "a.csv", "ContentType": "text/csv", **attachment}],
            }
        }

    send(Content=simple(RawContent=base64.b64encode("å;1".encode()).decode(), ContentTransferEncoding="BASE64"))
    kept = {"file_name": "a.csv", "content_type": "text/csv", "data": "å;1".encode()}
    assert engine.ses.mailbox[-1]["attachments"] == [kept]
    with pytest.raises(ServiceError, match="seven bits"):
        send(Content=simple(RawContent=base64.b64encode("å".encode()).decode()))
    with pytest.raises(ServiceError, match="extension"):
        send(Content=simple(RawContent="", FileName="order"))
