"""FIFO queues: order, group lock, deduplication."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def url(engine) -> str:
    engine.sqs.create_queue("dead.fifo", {"FifoQueue": True})
    redrive = {"deadLetterTargetArn": engine.sqs.arn("dead.fifo"), "maxReceiveCount": 2}
    return engine.sqs.create_queue(
        "allocate.fifo", {"FifoQueue": True, "VisibilityTimeout": 60, "RedrivePolicy": redrive}
    )


@pytest.fixture
def send(sqs, url):
    def sent(group: str, body: str, deduplication: str | None = None) -> dict[str, Any]:
        return sqs(
            "SendMessage",
            {
                "QueueUrl": url,
                "MessageBody": body,
                "MessageGroupId": group,
                "MessageDeduplicationId": deduplication or body,
            },
        )

    return sent


@pytest.fixture
def receive(sqs, url):
    """Receipt handles by body, in the order received."""

    def received(limit: int = 10) -> dict[str, str]:
        answer = sqs("ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": limit})
        return {message["Body"]: message["ReceiptHandle"] for message in answer.get("Messages", [])}

    return received


@pytest.fixture
def delete(sqs, url):
    return lambda handle: sqs("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})


def test_a_group_is_received_in_order_and_only_up_to_its_first_receive(send, receive):
    for body in ("a1", "a2", "a3"):
        send("a", body)
    assert list(receive(2)) == ["a1", "a2"]
    assert receive() == {}  # a3 waits for both


def test_one_group_in_flight_does_not_hold_up_another(send, receive):
    send("a", "a1")
    send("a", "a2")
    send("b", "b1")
    assert list(receive(1)) == ["a1"]
    assert list(receive()) == ["b1"]


def test_a_group_goes_on_when_what_is_in_flight_is_deleted(send, receive, delete):
    for body in ("a1", "a2", "a3"):
        send("a", body)
    handles = receive(2)
    delete(handles["a1"])
    assert receive() == {}
    delete(handles["a2"])
    assert list(receive()) == ["a3"]


def test_a_message_handed_back_waits_for_the_others_received_with_it(sqs, url, send, receive, delete):
    for body in ("a1", "a2", "a3"):
        send("a", body)
    handles = receive(2)
    sqs("ChangeMessageVisibility", {"QueueUrl": url, "ReceiptHandle": handles["a1"], "VisibilityTimeout": 0})
    assert receive() == {}
    delete(handles["a2"])
    assert list(receive()) == ["a1", "a3"]


def test_a_failed_message_comes_back_ahead_of_its_successors(clock, send, receive):
    send("a", "a1")
    send("a", "a2")
    receive(1)
    clock.advance(seconds=60)
    assert list(receive()) == ["a1", "a2"]


def test_a_message_handed_back_early_is_first_again(sqs, url, send, receive):
    send("a", "a1")
    send("a", "a2")
    handle = receive(1)["a1"]
    sqs("ChangeMessageVisibility", {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 0})
    assert list(receive(1)) == ["a1"]


def test_a_repeated_deduplication_id_adds_nothing_for_five_minutes(engine, clock, send, receive, delete):
    first = send("a", "a1", "id")
    delete(receive()["a1"])
    clock.advance(minutes=4, seconds=59)
    again = send("a", "other body", "id")
    assert again["MessageId"] == first["MessageId"]
    assert again["SequenceNumber"] == first["SequenceNumber"]
    assert again["MD5OfMessageBody"] != first["MD5OfMessageBody"]  # of what was sent, for the client to compare
    assert engine.sqs.counts()["allocate.fifo"].visible == 0
    clock.advance(seconds=1)
    assert send("a", "a1", "id")["MessageId"] != first["MessageId"]
    assert list(receive()) == ["a1"]


def test_the_deduplication_id_counts_across_groups(send, receive):
    send("a", "a1", "id")
    send("b", "b1", "id")
    assert list(receive()) == ["a1"]


def test_the_deduplication_id_counts_within_a_group_if_the_queue_says_so(engine, sqs):
    scope = {"FifoQueue": True, "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
    url = engine.sqs.create_queue("scoped.fifo", scope)
    for group in ("a", "b", "b"):
        sqs(
            "SendMessage",
            {"QueueUrl": url, "MessageBody": group, "MessageGroupId": group, "MessageDeduplicationId": "id"},
        )
    assert engine.sqs.counts()["scoped.fifo"].visible == 2


def test_content_based_deduplication_goes_by_the_body(engine, sqs):
    url = engine.sqs.create_queue("content.fifo", {"FifoQueue": True, "ContentBasedDeduplication": True})
    for body in ("x", "x", "y"):
        sqs("SendMessage", {"QueueUrl": url, "MessageBody": body, "MessageGroupId": "a"})
    messages = sqs("ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10, "AttributeNames": ["All"]})[
        "Messages"
    ]
    assert [message["Body"] for message in messages] == ["x", "y"]
    # SHA-256 of "x"
    assert messages[0]["Attributes"]["MessageDeduplicationId"].startswith("2d711642b726b044")
    assert messages[0]["Attributes"]["MessageGroupId"] == "a"
    assert int(messages[0]["Attributes"]["SequenceNumber"]) < int(messages[1]["Attributes"]["SequenceNumber"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"MessageGroupId": None}, "MissingParameter"),
        ({"MessageDeduplicationId": None}, "InvalidParameterValue"),
        ({"DelaySeconds": 5}, "InvalidParameterValue"),
        ({"MessageGroupId": "with space"}, "InvalidParameterValue"),
        ({"MessageDeduplicationId": "x" * 129}, "InvalidParameterValue"),
    ],
)
def test_what_a_fifo_queue_does_not_take(sqs, url, refusal, change, code):
    params = {"QueueUrl": url, "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"} | change
    params = {name: value for name, value in params.items() if value is not None}
    assert refusal(sqs, "SendMessage", params).code == code


def test_a_standard_queue_takes_a_group_but_no_deduplication_id(engine, sqs, refusal):
    url = engine.sqs.create_queue("plain", {})
    params = {"QueueUrl": url, "MessageBody": "x", "MessageGroupId": "g"}
    sqs("SendMessage", params)
    sqs("SendMessage", params)
    assert len(sqs("ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10})["Messages"]) == 2
    assert refusal(sqs, "SendMessage", params | {"MessageDeduplicationId": "d"}).code == "InvalidParameterValue"


def test_an_expired_receipt_cannot_delete(clock, send, receive, delete, refusal):
    send("a", "a1")
    handle = receive()["a1"]
    clock.advance(seconds=60)
    error = refusal(delete, handle)
    assert "The receipt handle has expired" in error.message


def test_a_dead_letter_unblocks_its_group(clock, send, receive):
    send("a", "a1")
    send("a", "a2")
    for _ in range(2):
        assert list(receive(1)) == ["a1"]
        clock.advance(seconds=60)
    assert list(receive()) == ["a2"]


def test_two_dead_letters_with_one_deduplication_id_are_both_kept(engine, sqs, url, clock, send):
    def kill() -> None:
        for _ in range(3):
            sqs("ReceiveMessage", {"QueueUrl": url, "VisibilityTimeout": 0})

    send("a", "first", "id")
    clock.advance(minutes=3)
    kill()
    clock.advance(minutes=2)
    send("a", "second", "id")
    kill()  # two minutes after the first one died, five after it was sent
    dead = list(engine.sqs.queue("dead.fifo").messages())
    assert [message.body for message in dead] == ["first", "second"]


def test_a_fifo_queue_is_named_so_and_nothing_else_is(engine):
    with pytest.raises(ValueError, match="ending in .fifo"):
        engine.sqs.create_queue("plain", {"FifoQueue": True})
    with pytest.raises(ValueError, match="ending in .fifo"):
        engine.sqs.create_queue("odd.fifo", {})
