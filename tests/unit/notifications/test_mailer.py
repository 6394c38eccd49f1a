"""What is sent to SES, and what its answers mean."""

from __future__ import annotations

from contextlib import nullcontext
from email.header import decode_header, make_header
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from infra.local.engine import Engine
from infra.local.engine.errors import ServiceError
from shared.aws.clients import client
from shared.aws.mail import Mailer
from shared.notifications.ports import Mail, MailRefused, MailThrottled, MailUnknown

URL = "https://email.eu-west-1.amazonaws.com"
MAIL = Mail(
    to="ada@example.com",
    kind="accepted",
    locale="sv",
    subject="Hej",
    text="Text",
    html="<p>Text</p>",
    tags={"backorder_id": "bo_1"},
    reply_to="service@shop.example",
)


@pytest.fixture
def mailer(engine: Engine) -> Mailer:
    return Mailer("orders@shop.example", "backorders")


def failing(engine: Engine, error: Exception, *, sent: bool) -> None:
    def hook(*_: Any) -> None:
        raise error

    (engine.after if sent else engine.before).append(hook)


def test_a_mail_goes_out_with_both_parts_and_its_tags(engine: Engine, mailer: Mailer) -> None:
    message_id = mailer.send(MAIL)
    [mail] = engine.ses.mailbox
    assert mail["message_id"] == message_id
    assert (mail["from"], mail["to"], mail["reply_to"]) == (
        "orders@shop.example",
        ["ada@example.com"],
        ["service@shop.example"],
    )
    assert (mail["subject"], mail["text"], mail["html"]) == ("Hej", "Text", "<p>Text</p>")
    assert mail["tags"] == {"kind": "accepted", "locale": "sv", "backorder_id": "bo_1"}
    assert mail["configuration_set"] == "backorders"
    assert mail["headers"] == {}


@pytest.mark.parametrize(
    "code", ["MessageRejected", "TooManyRequestsException", "BadRequestException", "SendingPausedException"]
)
def test_an_answer_that_refuses_means_nothing_was_sent(engine: Engine, mailer: Mailer, code: str) -> None:
    failing(engine, ServiceError(code, "no", 429 if code.startswith("Too") else 400), sent=False)
    with pytest.raises(MailRefused):
        mailer.send(MAIL)


@pytest.mark.parametrize(("busy", "sent"), [(1, 1), (2, 0)])
def test_above_the_sending_rate_a_mail_is_tried_once_more_within_a_second(engine: Engine, busy: int, sent: int) -> None:
    def hook(*_: Any) -> None:
        if len(tries) < busy:
            tries.append(1)
            raise ServiceError("TooManyRequestsException", "Maximum sending rate exceeded.", 429)

    tries: list[int] = []
    waits: list[float] = []
    engine.before.append(hook)
    with nullcontext() if sent else pytest.raises(MailThrottled):
        Mailer("orders@shop.example", "backorders", waits.append).send(MAIL)
    assert len(engine.ses.mailbox) == sent
    assert len(waits) == 1
    assert 0 <= waits[0] <= 1


@pytest.mark.parametrize("error", [ConnectTimeoutError, EndpointConnectionError])
def test_without_a_connection_nothing_was_sent(engine: Engine, mailer: Mailer, error: type[Exception]) -> None:
    failing(engine, error(endpoint_url=URL, error="no route"), sent=False)  # type: ignore[call-arg]
    with pytest.raises(MailRefused):
        mailer.send(MAIL)


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url=URL),
        ConnectionClosedError(endpoint_url=URL),
        HTTPClientError(error="broken"),
        ConnectionResetError("reset"),
        ServiceError("InternalServiceErrorException", "oops", 500),
        ServiceError("ServiceUnavailable", "oops", 503),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_a_lost_answer_means_that_nobody_knows(engine: Engine, mailer: Mailer, error: Exception, sent: bool) -> None:
    failing(engine, error, sent=sent)
    with pytest.raises(MailUnknown):
        mailer.send(MAIL)
    assert len(engine.ses.mailbox) == int(sent)


def test_an_unverified_sender_is_a_refusal(engine: Engine) -> None:
    with pytest.raises(MailRefused):
        Mailer("orders@elsewhere.example", "backorders").send(MAIL)


def test_the_client_tries_once_and_gives_up_well_before_the_function_does() -> None:
    config = client("sesv2", attempts=1).meta.config
    assert config.retries["total_max_attempts"] == 1
    assert config.connect_timeout + config.read_timeout <= 20


@pytest.mark.parametrize("field", ["to", "subject", "reply_to"])
@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85"])
def test_a_line_break_in_a_header_is_refused(engine: Engine, mailer: Mailer, field: str, breaker: str) -> None:
    values = {**MAIL.__dict__, field: f"x{breaker}Bcc: victim@example.com"}
    with pytest.raises(MailRefused):
        mailer.send(Mail(**values))
    assert engine.ses.mailbox == []


@pytest.mark.parametrize("name", ["Müller & Söhne", 'Eve" <eve@example.com>', "Eve\r\nBcc: x@example.com", "x" * 999])
def test_a_shop_name_is_shown_as_sender_and_can_be_nothing_else(engine: Engine, mailer: Mailer, name: str) -> None:
    mailer.send(Mail(**{**MAIL.__dict__, "from_name": name}))
    sender = engine.ses.mailbox[0]["from"]
    assert sender.endswith(" <orders@shop.example>")
    assert sender.isascii()
    assert "\n" not in sender
    shown = str(make_header(decode_header(sender.removesuffix(" <orders@shop.example>"))))
    assert shown.strip('"').replace('\\"', '"') == " ".join(name.split())[:64]


def test_tag_values_are_made_of_the_characters_that_ses_takes(engine: Engine, mailer: Mailer) -> None:
    mailer.send(Mail(**{**MAIL.__dict__, "tags": {"purchase_order_id": "PO 1/é" + "x" * 300, "backorder_id": ""}}))
    tags = engine.ses.mailbox[0]["tags"]
    assert tags["purchase_order_id"].startswith("PO_1__x")
    assert len(tags["purchase_order_id"]) == 256
    assert tags["backorder_id"] == "_"
