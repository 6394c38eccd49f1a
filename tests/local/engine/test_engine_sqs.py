"""Standard queues: sending, receiving, visibility, delay, dead letters, batches."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def url(engine) -> str:
    engine.sqs.create_queue("dead", {})
    redrive = {"deadLetterTargetArn": engine.sqs.arn("dead"), "maxReceiveCount": 2}
    return engine.sqs.create_queue("work", {"VisibilityTimeout": 60, "RedrivePolicy": redrive})


@pytest.fixture
def receive(sqs, url):
    def received(limit: int = 10, **more: Any) -> list[dict[str, Any]]:
        return sqs("ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": limit} | more).get("Messages", [])

    return received


def test_a_message_is_received_as_it_was_sent(sqs, url, clock, receive):
    sent = sqs(
        "SendMessage",
        {
            "QueueUrl": url,
            "MessageBody": "hello",
            "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "greeting"}},
            "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}},
        },
    )
    assert sent["MD5OfMessageBody"] == "5d41402abc4b2a76b9719d911017c592"
    sent_at = clock.now
    clock.advance(seconds=5)
    (message,) = receive(MessageAttributeNames=["All"], AttributeNames=["All"])
    assert message["Body"] == "hello"
    assert message["MessageId"] == sent["MessageId"]
    assert message["MessageAttributes"] == {"kind": {"DataType": "String", "StringValue": "greeting"}}
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"] == {
        "SenderId": "111122223333",
        "SentTimestamp": str(int(sent_at.timestamp() * 1000)),
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": str(int(clock.now.timestamp() * 1000)),
        "AWSTraceHeader": "Root=1",
    }


def test_attributes_come_only_when_asked_for(sqs, url, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    (message,) = receive(MessageSystemAttributeNames=["ApproximateReceiveCount"])
    assert message["Attributes"] == {"ApproximateReceiveCount": "1"}
    assert "MessageAttributes" not in message


def test_a_received_message_is_hidden_until_its_visibility_timeout(sqs, url, clock, engine, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    assert len(receive()) == 1
    assert engine.sqs.counts()["work"] == (0, 0, 1)
    clock.advance(seconds=59)
    assert receive() == []
    assert engine.sqs.next_due(clock.now) == clock.now.replace(minute=1, second=0)
    clock.advance(seconds=1)
    assert len(receive()) == 1


def test_a_message_received_without_being_hidden_comes_once_per_receive(sqs, url, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    assert [message["Body"] for message in receive(VisibilityTimeout=0)] == ["x"]
    assert [message["Body"] for message in receive(VisibilityTimeout=0)] == ["x"]


def test_a_deleted_message_does_not_come_back(sqs, url, clock, engine, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    handle = receive()[0]["ReceiptHandle"]
    sqs("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})
    sqs("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})  # twice is as good as once
    clock.advance(minutes=5)
    assert receive() == []
    assert engine.sqs.next_due(clock.now) is None


def test_the_receipt_of_an_earlier_receive_deletes_nothing(sqs, url, clock, engine, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    old = receive()[0]["ReceiptHandle"]
    clock.advance(minutes=1)
    receive()
    sqs("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": old})
    assert engine.sqs.counts()["work"].in_flight == 1


def test_a_late_delete_still_deletes(sqs, url, clock, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    handle = receive()[0]["ReceiptHandle"]
    clock.advance(minutes=2)
    sqs("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": handle})
    assert receive() == []


def test_visibility_can_be_changed_while_in_flight(sqs, url, clock, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    handle = receive()[0]["ReceiptHandle"]
    change = {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 300}
    sqs("ChangeMessageVisibility", change)
    clock.advance(seconds=299)
    assert receive() == []
    sqs("ChangeMessageVisibility", change | {"VisibilityTimeout": 0})
    assert len(receive()) == 1


def test_a_change_that_comes_too_late_hides_nothing(sqs, url, clock, engine, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    old = {"QueueUrl": url, "ReceiptHandle": receive()[0]["ReceiptHandle"], "VisibilityTimeout": 300}
    clock.advance(minutes=1)
    sqs("ChangeMessageVisibility", old)
    assert len(receive()) == 1  # visible again, and now held under another receipt
    sqs("ChangeMessageVisibility", old)
    clock.advance(minutes=1)
    assert engine.sqs.counts()["work"] == (1, 0, 0)  # the new receipt ended after one minute, not five


def test_the_visibility_of_a_deleted_message_cannot_be_changed(sqs, url, receive, refusal):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    gone = {"QueueUrl": url, "ReceiptHandle": receive()[0]["ReceiptHandle"]}
    sqs("DeleteMessage", gone)
    error = refusal(sqs, "ChangeMessageVisibility", gone | {"VisibilityTimeout": 5})
    assert error.code == "InvalidParameterValue"
    assert "Message does not exist" in error.message
    unknown = gone | {"ReceiptHandle": "never issued", "VisibilityTimeout": 5}
    assert refusal(sqs, "ChangeMessageVisibility", unknown).code == "ReceiptHandleIsInvalid"


def test_handing_back_and_receiving_again_at_one_instant_counts_once(sqs, url, clock, engine, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    handle = receive()[0]["ReceiptHandle"]
    sqs("ChangeMessageVisibility", {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 0})
    receive()
    clock.advance(minutes=1)
    assert engine.sqs.counts()["work"] == (1, 0, 0)


def test_a_delayed_message_appears_when_its_delay_is_over(sqs, url, clock, engine, receive, refusal):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": 900})
    assert engine.sqs.counts()["work"] == (0, 1, 0)
    due = engine.sqs.next_due(clock.now)
    assert (due - clock.now).total_seconds() == 900
    clock.advance(seconds=899)
    assert receive() == []
    clock.advance(seconds=1)
    assert engine.sqs.counts()["work"] == (1, 0, 0)
    assert len(receive()) == 1
    error = refusal(sqs, "SendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": 901})
    assert error.code == "InvalidParameterValue"


def test_a_queue_may_delay_all_its_messages(sqs, engine, clock):
    url = engine.sqs.create_queue("slow", {"DelaySeconds": 10})
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "late"})
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "at once", "DelaySeconds": 0})
    assert sqs("ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10})["Messages"][0]["Body"] == "at once"
    clock.advance(seconds=10)
    assert sqs("ReceiveMessage", {"QueueUrl": url})["Messages"][0]["Body"] == "late"


def test_the_next_due_instant_of_several_is_the_earliest_after_the_one_given(sqs, url, clock, engine):
    for delay in (30, 10, 20):
        sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": delay})
    instants = []
    now = clock.now
    while (due := engine.sqs.next_due(now)) is not None:
        instants.append((due - clock.now).total_seconds())
        now = due
    assert instants == [10, 20, 30]


def test_a_message_received_too_often_is_a_dead_letter_at_the_next_receive(sqs, url, clock, engine, receive):
    sent_at = clock.now
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "poison"})
    for _ in range(2):
        assert len(receive()) == 1
        clock.advance(minutes=1)
    assert engine.sqs.counts()["dead"] == (0, 0, 0)  # nobody has asked for it a third time yet
    assert receive() == []
    (dead,) = engine.sqs.queue("dead").messages()
    assert (dead.body, dead.receive_count, dead.sent_at) == ("poison", 2, sent_at)
    assert dead.system["DeadLetterQueueSourceArn"] == engine.sqs.arn("work")
    assert engine.sqs.counts()["work"] == (0, 0, 0)


def test_a_dead_letter_does_not_stand_in_the_way_of_the_others(sqs, url, clock, receive):
    for body in ("poison", "fine"):
        sqs("SendMessage", {"QueueUrl": url, "MessageBody": body})
    for _ in range(2):
        received = {message["Body"]: message["ReceiptHandle"] for message in receive()}
        assert "poison" in received
        clock.advance(minutes=1)
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "new"})
    assert [message["Body"] for message in receive()] == ["new"]


def test_redriven_dead_letters_start_anew_in_the_queue_they_came_from(sqs, url, clock, engine, receive):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "poison"})
    for _ in range(3):
        receive()
        clock.advance(minutes=1)
    sqs("StartMessageMoveTask", {"SourceArn": engine.sqs.arn("dead")})
    assert engine.sqs.counts()["dead"] == (0, 0, 0)
    (message,) = receive(AttributeNames=["All"])
    assert message["Body"] == "poison"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in message["Attributes"]


def test_a_message_is_lost_when_its_retention_is_over(sqs, engine, clock):
    url = engine.sqs.create_queue("short", {"MessageRetentionPeriod": 60})
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    clock.advance(seconds=59)
    assert engine.sqs.counts()["short"].visible == 1
    clock.advance(seconds=1)
    assert engine.sqs.counts()["short"].visible == 0


def test_the_limit_of_a_receive_is_kept(sqs, url, receive, refusal):
    for number in range(12):
        sqs("SendMessage", {"QueueUrl": url, "MessageBody": str(number)})
    assert [message["Body"] for message in receive(3)] == ["0", "1", "2"]
    assert len(receive()) == 9
    assert refusal(receive, 11).code == "InvalidParameterValue"


def test_a_batch_fails_entry_by_entry(sqs, url, receive):
    answer = sqs(
        "SendMessageBatch",
        {
            "QueueUrl": url,
            "Entries": [
                {"Id": "good", "MessageBody": "x"},
                {"Id": "late", "MessageBody": "x", "DelaySeconds": 901},
                {"Id": "odd", "MessageBody": "\x00"},
            ],
        },
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    failed = {entry["Id"]: (entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]}
    assert failed == {"late": ("InvalidParameterValue", True), "odd": ("InvalidMessageContents", True)}
    assert len(receive()) == 1


def entries(*ids: str, body: str = "x") -> list[dict[str, str]]:
    return [{"Id": id_, "MessageBody": body} for id_ in ids]


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        ([], "EmptyBatchRequest"),
        (entries(*"abcdefghijk"), "TooManyEntriesInBatchRequest"),
        (entries("a", "a"), "BatchEntryIdsNotDistinct"),
        (entries("a b"), "InvalidBatchEntryId"),
        (entries("a", "b", body="x" * 600_000), "BatchRequestTooLong"),
    ],
)
def test_a_batch_that_is_wrong_as_a_whole_sends_nothing(sqs, url, receive, refusal, batch, code):
    error = refusal(sqs, "SendMessageBatch", {"QueueUrl": url, "Entries": batch})
    assert error.code == f"AWS.SimpleQueueService.{code}"
    assert receive() == []


def test_batches_of_deletes_and_changes_answer_per_entry(sqs, url, clock, receive):
    for body in ("a", "b"):
        sqs("SendMessage", {"QueueUrl": url, "MessageBody": body})
    handles = [message["ReceiptHandle"] for message in receive()]
    changes = [{"Id": str(n), "ReceiptHandle": h, "VisibilityTimeout": 0} for n, h in enumerate([*handles, "nonsense"])]
    answer = sqs("ChangeMessageVisibilityBatch", {"QueueUrl": url, "Entries": changes})
    assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("2", "ReceiptHandleIsInvalid")]
    handles = [message["ReceiptHandle"] for message in receive()]
    deletes = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles)]
    assert len(sqs("DeleteMessageBatch", {"QueueUrl": url, "Entries": deletes})["Successful"]) == 2
    clock.advance(minutes=5)
    assert receive() == []


def test_a_message_has_at_most_one_mebibyte_including_its_attributes(sqs, url, refusal):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x" * 1_048_576})
    attributes = {"a": {"DataType": "String", "StringValue": "v"}}
    params = {"QueueUrl": url, "MessageBody": "x" * 1_048_570, "MessageAttributes": attributes}
    assert "shorter than 1048576 bytes" in refusal(sqs, "SendMessage", params).message


def test_an_unknown_queue_does_not_exist(engine, sqs, refusal):
    for url in (engine.sqs.url("nowhere"), "https://sqs.eu-west-1.amazonaws.com/999999999999/work"):
        error = refusal(sqs, "SendMessage", {"QueueUrl": url, "MessageBody": "x"})
        assert (error.code, error.shape) == ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


def test_a_queue_tells_its_url_and_attributes(engine, sqs, url, refusal):
    assert sqs("GetQueueUrl", {"QueueName": "work"}) == {"QueueUrl": url}
    assert engine.sqs.name_of(url) == engine.sqs.name_of(engine.sqs.arn("work")) == "work"
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    attributes = sqs("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "1"
    assert attributes["VisibilityTimeout"] == "60"
    assert attributes["QueueArn"] == engine.sqs.arn("work")
    assert '"maxReceiveCount": 2' in attributes["RedrivePolicy"]
    error = refusal(sqs, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["Colour"]})
    assert error.code == "InvalidAttributeName"


def test_a_purge_empties_the_queue_once_a_minute(engine, sqs, url, clock, refusal):
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": 5})
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    sqs("PurgeQueue", {"QueueUrl": url})
    assert engine.sqs.counts()["work"] == (0, 0, 0)
    assert "PurgeQueueInProgress" in refusal(sqs, "PurgeQueue", {"QueueUrl": url}).code
    clock.advance(seconds=60)
    sqs("SendMessage", {"QueueUrl": url, "MessageBody": "x"})
    assert engine.sqs.counts()["work"].visible == 1


def test_a_property_the_engine_does_not_know_is_refused(engine):
    with pytest.raises(NotImplementedError, match="Colour"):
        engine.sqs.create_queue("odd", {"Colour": "red"})
