from __future__ import annotations

import json
from typing import Any

import pytest

from shared.runtime.batches import run_batch, run_grouped, run_merged, run_stream

STANDARD = "arn:aws:sqs:eu-west-1:000000000000:tally-demand"
FIFO = "arn:aws:sqs:eu-west-1:000000000000:allocate-stock.fifo"


@pytest.fixture(autouse=True)
def service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "batches-test")


def message(n: int, body: Any, *, source: str = STANDARD, group: str | None = None) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1", "SenderId": "x"}
    if group:
        attributes |= {"MessageGroupId": group, "MessageDeduplicationId": str(n), "SequenceNumber": str(n)}
    return {
        "messageId": f"m{n}",
        "receiptHandle": f"h{n}",
        "body": body if isinstance(body, str) else json.dumps(body),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": source,
        "awsRegion": "eu-west-1",
    }


class Worker:
    """Notes what it was given; fails for bodies that say so."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, body: dict[str, Any]) -> None:
        self.seen.append(body["n"])
        if body.get("fail"):
            raise RuntimeError("jane@example.com could not be served")


def failed(answer: Any) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_every_message_is_given_as_its_json_object() -> None:
    worker = Worker()
    assert failed(run_batch({"Records": [message(1, {"n": 1}), message(2, {"n": 2})]}, worker, None)) == []
    assert worker.seen == [1, 2]


def test_a_failed_message_comes_again_and_the_others_do_not() -> None:
    worker = Worker()
    records = [message(1, {"n": 1}), message(2, {"n": 2, "fail": True}), message(3, {"n": 3})]
    assert failed(run_batch({"Records": records}, worker, None)) == ["m2"]
    assert worker.seen == [1, 2, 3]


@pytest.mark.parametrize("body", ["not json", "[1]", '"text"', "null", "", "[" * 100_000])
def test_a_message_that_cannot_be_read_fails_alone_and_says_why(body: str, capsys: Any) -> None:
    worker = Worker()
    answer = run_batch({"Records": [message(1, body), message(2, {"n": 2})]}, worker, None)
    assert failed(answer) == ["m1"]
    assert worker.seen == [2]
    line = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (line["message"], line["message_id"], line["error_code"]) == ("message_failed", "m1", "malformed")
    assert line["queue"] == "tally-demand"


def test_a_batch_that_failed_as_a_whole_is_reported_not_raised() -> None:
    records = [message(n, {"n": n, "fail": True}) for n in (1, 2)]
    assert failed(run_batch({"Records": records}, Worker(), None)) == ["m1", "m2"]


def test_the_text_of_an_error_stays_out_of_the_log(capsys: Any) -> None:
    run_batch({"Records": [message(1, {"n": 1, "fail": True})]}, Worker(), None)
    out = capsys.readouterr().out
    assert "RuntimeError" in out
    assert "jane@example.com" not in out


def test_in_a_fifo_batch_a_failure_stops_its_group_and_no_other() -> None:
    worker = Worker()
    records = [
        message(1, {"n": 1, "fail": True}, source=FIFO, group="a"),
        message(2, {"n": 2}, source=FIFO, group="b"),
        message(3, {"n": 3}, source=FIFO, group="a"),
        message(4, {"n": 4}, source=FIFO, group="b"),
    ]
    assert failed(run_batch({"Records": records}, worker, None)) == ["m1", "m3"]
    assert worker.seen == [1, 2, 4]


def test_a_fifo_batch_that_failed_as_a_whole_is_reported_not_raised() -> None:
    records = [message(n, {"n": n, "fail": True}, source=FIFO, group="a") for n in (1, 2)]
    worker = Worker()
    assert failed(run_batch({"Records": records}, worker, None)) == ["m1", "m2"]
    assert worker.seen == [1]


def test_an_unreadable_message_holds_back_its_fifo_group() -> None:
    worker = Worker()
    records = [message(1, "{", source=FIFO, group="a"), message(2, {"n": 2}, source=FIFO, group="a")]
    assert failed(run_batch({"Records": records}, worker, None)) == ["m1", "m2"]
    assert worker.seen == []


def test_messages_that_share_their_writes_are_given_at_once() -> None:
    seen: list[list[Any]] = []

    def work(bodies: list[dict[str, Any]]) -> None:
        seen.append([body["n"] for body in bodies])

    records = [message(n, {"n": n}) for n in (1, 2, 3)]
    assert failed(run_merged({"Records": records}, work, None)) == []
    assert seen == [[1, 2, 3]]


@pytest.mark.parametrize("bad", [{"n": 2, "fail": True}, "not json"])
def test_messages_that_fail_together_are_tried_alone_and_fail_alone(bad: Any) -> None:
    alone: list[Any] = []

    def work(bodies: list[dict[str, Any]]) -> None:
        if any(body.get("fail") for body in bodies):
            raise RuntimeError
        alone.append([body["n"] for body in bodies])

    records = [message(1, {"n": 1}), message(2, bad), message(3, {"n": 3})]
    assert failed(run_merged({"Records": records}, work, None)) == ["m2"]
    assert alone == [[1], [3]]


def test_messages_about_the_same_thing_are_worked_on_once_and_fail_together() -> None:
    seen: list[tuple[str, int]] = []

    def work(name: str, bodies: list[dict[str, Any]]) -> None:
        seen.append((name, len(bodies)))
        if name == "b":
            raise RuntimeError

    named = [{"sku": "a"}, {"sku": "b"}, {"sku": ""}, {"sku": "a"}, "not json", {"sku": "b"}, {"item": "a"}]
    records = [message(n, body, source=FIFO, group="g") for n, body in enumerate(named, start=1)]
    assert sorted(failed(run_grouped({"Records": records}, "sku", work, None))) == ["m2", "m3", "m5", "m6", "m7"]
    assert seen == [("a", 2), ("b", 2)]


def record(sequence: str, *, fail: bool = False) -> dict[str, Any]:
    image = {"fail": {"BOOL": fail}}
    return {"eventName": "INSERT", "dynamodb": {"SequenceNumber": sequence, "NewImage": image}}


def test_a_stream_stops_at_the_first_record_that_fails_and_names_it() -> None:
    seen: list[str] = []

    def on_record(item: dict[str, Any]) -> None:
        seen.append(item["dynamodb"]["SequenceNumber"])
        if item["dynamodb"]["NewImage"]["fail"]["BOOL"]:
            raise RuntimeError

    records = [record("100"), record("101", fail=True), record("102"), record("103", fail=True)]
    assert failed(run_stream({"Records": records}, on_record, None)) == ["101"]
    assert seen == ["100", "101"]


def test_a_record_that_fails_at_the_front_of_others_makes_the_stream_halve_the_batch() -> None:
    def on_record(item: dict[str, Any]) -> None:
        if item["dynamodb"]["NewImage"]["fail"]["BOOL"]:
            raise RuntimeError("poison")

    records = [record("100", fail=True), record("101")]
    with pytest.raises(RuntimeError, match="poison"):
        run_stream({"Records": records}, on_record, None)
    assert failed(run_stream({"Records": records[:1]}, on_record, None)) == ["100"]


def test_a_stream_batch_without_failures_reports_none() -> None:
    seen: list[dict[str, Any]] = []
    assert failed(run_stream({"Records": [record("1"), record("2")]}, seen.append, None)) == []
    assert len(seen) == 2
