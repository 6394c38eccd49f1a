"""Why a letter died, read from whatever there is: a log, the letter itself, the runner's memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from infra.operator.dead_letters.failures import failure_of
from infra.operator.dead_letters.model import Letter


def letter(body: str = "{}", reason: str | None = None) -> Letter:
    return Letter("q-dead", "m-1", body, datetime(2026, 1, 5, tzinfo=UTC), reason=reason, trace_id="kept")


def line(message_id: str = "m-1", **fields: Any) -> str:
    return json.dumps({"message_id": message_id, "correlation_id": "t-1", "attempt": "5", "error": "Bad"} | fields)


def test_the_last_line_about_the_message_counts() -> None:
    lines = [line(error="First", attempt="1"), "no json", "[]", line("m-2", error="Other"), line(error="Last")]
    failure = failure_of(letter(), lines)
    assert (failure.reason, failure.trace_id, failure.attempt) == ("Last", "t-1", 5)


def test_a_reason_names_kind_code_fields_place_and_causes_but_no_text() -> None:
    cause = {"error": "ClientError", "aws_error": "AccessDenied", "aws_operation": "GetItem", "frames": []}
    told = line(error_code="malformed", error_pointers=["/lines/0"], frames=["a.py:1 f", "b.py:2 g"], caused_by=cause)
    failure = failure_of(letter(), [told])
    assert failure.reason == ("Bad (malformed, /lines/0) at b.py:2 g; caused by ClientError (AccessDenied, GetItem)")
    assert failure.unreadable


def test_a_line_that_only_mentions_the_message_is_not_about_it() -> None:
    assert not failure_of(letter(), [line("m-2", queue="m-1")]).is_known


def test_a_stream_or_a_run_says_itself_why_it_was_given_up() -> None:
    context = {"condition": "RetriesExhausted", "requestId": "r-1", "approximateInvokeCount": 3}
    body = json.dumps({"requestContext": context, "responsePayload": {"errorMessage": "no way out"}})
    failure = failure_of(letter(body), [])
    assert (failure.reason, failure.trace_id, failure.attempt) == ("RetriesExhausted: no way out", "r-1", 3)
    bare = json.dumps({"requestContext": {"condition": "RecordAgeExceeded", "requestId": None}})
    assert failure_of(letter(bare), []).reason == "RecordAgeExceeded"


def test_of_a_message_that_failed_with_its_group_the_runner_knows_with_whom() -> None:
    failure = failure_of(letter(reason=f"f: named in batchItemFailures; last error logged: {line('m-2')}"), [])
    assert failure.reason == "f: named in batchItemFailures; failed together with m-2: Bad"
    assert failure.trace_id == "kept"


def test_what_the_runner_says_in_words_is_told_as_it_is() -> None:
    failure = failure_of(letter(reason="f: Task timed out after 60.00 seconds"), [])
    assert (failure.reason, failure.trace_id) == ("f: Task timed out after 60.00 seconds", "kept")


def test_where_nothing_is_known_it_says_where_to_look() -> None:
    failure = failure_of(letter(), [])
    assert not failure.is_known
    assert "look for errors of the function at that time" in failure.reason
