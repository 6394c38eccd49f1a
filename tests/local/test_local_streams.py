"""The table's stream feeds functions in order, with bisecting, checkpoints and a failure destination."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from infra.local.control import dead_letters
from infra.local.template import TemplateError
from tests.local import handlers
from tests.local.small_stack import allow, function, get


def put(world, *names):
    for name in names:
        world.engine.execute(
            "dynamodb", "PutItem", {"TableName": "things", "Item": {"pk": {"S": name}, "sk": {"S": "-"}}}
        )


def names(event):
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]


def batches(function_name):
    return [names(event) for event in handlers.events_of(function_name)]


def failing_on(*poison):
    """A script that raises when one of these names is in the batch."""

    def script(event, context):
        for name in names(event):
            if name in poison:
                raise RuntimeError(f"cannot take {name}")

    return script


def reporting(*poison):
    """A script that takes the records in order and reports the first of these names as failed."""

    def script(event, context):
        for record in event["Records"]:
            if record["dynamodb"]["Keys"]["pk"]["S"] in poison:
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        return None

    return script


@pytest.fixture
def first(stack):
    """Properties of the first reader's mapping, before the world is made."""
    return stack["Resources"]["FirstMapping"]["Properties"]


def test_both_readers_see_every_change_in_order(world):
    put(world, "a", "b", "c")
    progress = world.settle()
    assert batches("first-reader") == [["a", "b", "c"]]
    assert batches("second-reader") == [["a", "b", "c"]]
    assert progress.counts["records"] == 6


def test_a_record_has_the_shape_lambda_gives_it(world):
    put(world, "a")
    world.settle()
    (event,) = handlers.events_of("first-reader")
    (record,) = event["Records"]
    assert record["eventName"] == "INSERT"
    assert record["eventSource"] == "aws:dynamodb"
    assert record["eventSourceARN"].startswith("arn:aws:dynamodb:eu-west-1:111122223333:table/things/stream/")
    assert record["dynamodb"]["NewImage"] == {"pk": {"S": "a"}, "sk": {"S": "-"}}


def test_a_batch_holds_at_most_the_batch_size(first, stack, make_world):
    first["BatchSize"] = 2
    world = make_world(stack)
    put(world, "a", "b", "c")
    world.settle()
    assert batches("first-reader") == [["a", "b"], ["c"]]


def test_a_batch_is_cut_at_the_payload_lambda_takes(stack, make_world):
    stack["Resources"]["FirstMapping"]["Properties"]["BatchSize"] = 100
    world = make_world(stack)
    for n in range(20):
        item = {"pk": {"S": str(n)}, "sk": {"S": "-"}, "text": {"S": "x" * 390_000}}
        world.engine.execute("dynamodb", "PutItem", {"TableName": "things", "Item": item})
    world.settle()
    assert [len(batch) for batch in batches("first-reader")] == [16, 4]
    assert sum(batches("first-reader"), []) == [str(n) for n in range(20)]


def test_what_a_handler_does_to_its_event_stays_there(world):
    seen = []

    def script(event, context):
        seen.append(names(event))
        event["Records"][0]["dynamodb"]["Keys"].clear()
        if len(seen) == 1:
            raise RuntimeError("again")

    handlers.scripts["first-reader"] = script
    put(world, "a")
    world.settle()
    assert seen == [["a"], ["a"]]


def test_one_reader_that_fails_does_not_hold_up_the_other(world):
    handlers.scripts["first-reader"] = failing_on("a")
    put(world, "a")
    world.settle()
    assert batches("second-reader") == [["a"]]


def test_bisecting_halves_a_failing_batch_down_to_the_bad_record(world):
    handlers.scripts["first-reader"] = failing_on("c")
    put(world, "a", "b", "c", "d")
    world.settle()
    assert batches("first-reader") == [
        ["a", "b", "c", "d"],
        ["a", "b"],
        ["c", "d"],
        ["c"],
        ["c"],
        ["c"],
        ["d"],
    ]


def test_bisecting_uses_up_no_attempt(world):
    handlers.scripts["first-reader"] = failing_on("a")
    put(world, "a", "b", "c", "d")
    world.settle()
    alone = [batch for batch in batches("first-reader") if batch == ["a"]]
    assert len(alone) == 3  # one try and two retries, whatever the halving cost


def test_without_bisecting_the_whole_batch_is_given_up(first, stack, make_world):
    first["BisectBatchOnFunctionError"] = False
    world = make_world(stack)
    handlers.scripts["first-reader"] = failing_on("b")
    put(world, "a", "b", "c")
    world.settle()
    assert batches("first-reader") == [["a", "b", "c"]] * 3
    (letter,) = dead_letters(world)
    assert json.loads(letter["body"])["DDBStreamBatchInfo"]["batchSize"] == 3


def test_a_partial_failure_moves_the_checkpoint_to_the_lowest_failed_record(world):
    tries = []

    def script(event, context):
        tries.append(names(event))
        return reporting("c", "b")(event, context) if len(tries) == 1 else None

    handlers.scripts["first-reader"] = script
    put(world, "a", "b", "c", "d")
    world.settle()
    assert tries == [["a", "b", "c", "d"], ["b", "c", "d"]]


def test_the_lowest_of_several_reported_records_counts(world):
    def script(event, context):
        if len(event["Records"]) < 4:
            return None
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        return {"batchItemFailures": [{"itemIdentifier": numbers[3]}, {"itemIdentifier": numbers[1]}]}

    handlers.scripts["first-reader"] = script
    put(world, "a", "b", "c", "d")
    world.settle()
    assert batches("first-reader") == [["a", "b", "c", "d"], ["b", "c", "d"]]


def test_a_record_reported_again_and_again_takes_the_rest_of_its_batch_with_it(world):
    handlers.scripts["first-reader"] = reporting("b")
    put(world, "a", "b", "c")
    world.settle()
    assert batches("first-reader") == [["a", "b", "c"]] + [["b", "c"]] * 3
    (letter,) = dead_letters(world)
    assert json.loads(letter["body"])["DDBStreamBatchInfo"]["batchSize"] == 2


def test_an_unknown_identifier_fails_the_whole_batch(world):
    tries = []

    def script(event, context):
        tries.append(names(event))
        return {"batchItemFailures": [{"itemIdentifier": "1"}]} if len(tries) == 1 else None

    handlers.scripts["first-reader"] = script
    put(world, "a", "b")
    world.settle()
    assert tries == [["a", "b"], ["a"], ["b"]]


def test_retries_wait_longer_each_time_and_then_the_failure_is_reported_without_data(world):
    handlers.scripts["first-reader"] = failing_on("a")
    began = world.clock.now()
    put(world, "a")
    progress = world.settle()
    assert progress.now == began + timedelta(seconds=1 + 2)
    (letter,) = dead_letters(world)
    body = json.loads(letter["body"])
    assert letter["queue"] == "stream-dead"
    assert letter["reason"] == "first-reader: RetryAttemptsExhausted: cannot take a"
    assert body["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert body["requestContext"]["approximateInvokeCount"] == 3
    assert body["responseContext"]["functionError"] == "Unhandled"
    assert body["DDBStreamBatchInfo"]["startSequenceNumber"] == body["DDBStreamBatchInfo"]["endSequenceNumber"]
    assert '"pk"' not in letter["body"]


def test_the_stream_goes_on_after_a_failure_was_reported(world):
    handlers.scripts["first-reader"] = failing_on("a")
    put(world, "a")
    world.settle()
    put(world, "b")
    world.settle()
    assert batches("first-reader")[-1] == ["b"]


def test_what_is_given_up_without_a_destination_is_shown_as_lost(stack, make_world):
    stack["Resources"]["SecondMapping"]["Properties"]["MaximumRetryAttempts"] = 0
    world = make_world(stack)
    handlers.scripts["second-reader"] = failing_on("a")
    put(world, "a")
    world.settle()
    (letter,) = dead_letters(world)
    assert letter["queue"] is None
    assert letter["source"] == "second-reader"


def test_records_older_than_the_maximum_age_are_given_up(first, stack, make_world):
    first |= {"MaximumRecordAgeInSeconds": 60, "MaximumRetryAttempts": -1}
    world = make_world(stack)
    handlers.scripts["first-reader"] = failing_on("a")
    put(world, "a")
    world.settle()
    (letter,) = dead_letters(world)
    assert json.loads(letter["body"])["requestContext"]["condition"] == "RecordAgeExceeded"


def test_without_a_limit_a_bad_record_blocks_the_stream_until_settle_gives_in(first, stack, make_world):
    first["MaximumRetryAttempts"] = -1
    world = make_world(stack)
    handlers.scripts["first-reader"] = failing_on("a")
    put(world, "a", "b")
    progress = world.settle()
    assert timedelta(minutes=13) < progress.moved <= timedelta(minutes=15)
    assert ["b"] not in batches("first-reader")
    handlers.scripts.clear()
    world.settle()
    assert batches("first-reader")[-1] == ["b"]


def test_the_stream_forgets_after_a_day_and_says_what_was_lost(world):
    put(world, "a")
    world.clock.advance_to(world.clock.now() + timedelta(hours=26))
    put(world, "b")
    world.settle()
    assert batches("first-reader") == batches("second-reader") == [["b"]]
    assert [letter["reason"] for letter in dead_letters(world)] == ["the stream forgets after 24 hours"] * 2


def test_endless_retries_end_with_the_record_after_a_day(world):
    handlers.scripts["second-reader"] = failing_on("a")
    put(world, "a")
    world.advance(timedelta(hours=23))
    assert list(dead_letters(world)) == []
    world.advance(timedelta(hours=1, minutes=1))
    assert [letter["reason"] for letter in dead_letters(world)] == ["RecordAgeExceeded"]


def test_a_batching_window_gathers_records(first, stack, make_world):
    first["MaximumBatchingWindowInSeconds"] = 10
    world = make_world(stack)
    put(world, "a")
    began = world.clock.now()
    assert world.settle().now == began + timedelta(seconds=10)
    assert batches("first-reader") == [["a"]]


def test_filtered_records_are_passed_over(first, stack, make_world):
    first["FilterCriteria"] = {
        "Filters": [{"Pattern": json.dumps({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "order"}]}}}})}]
    }
    world = make_world(stack)
    put(world, "order-1", "stock-1", "order-2")
    world.settle()
    assert batches("first-reader") == [["order-1", "order-2"]]
    assert batches("second-reader") == [["order-1", "stock-1", "order-2"]]


def test_what_a_reader_sends_is_worked_on_in_the_same_settling(world):
    def script(event, context):
        for name in names(event):
            world.send("work", name)

    handlers.scripts["first-reader"] = script
    put(world, "a")
    assert world.settle().moved == timedelta(0)
    assert handlers.bodies_of("worker") == [["a"]]


def test_a_reader_needs_the_right_to_read_the_stream(stack, make_world):
    stack["Resources"] |= function("second-reader", allow("dynamodb:GetRecords", get("Table", "StreamArn")))
    with pytest.raises(TemplateError, match=r"SecondMapping: .* needs dynamodb:DescribeStream"):
        make_world(stack)


def test_a_reader_needs_the_right_to_report_failures(stack, make_world):
    reads = allow(
        ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], get("Table", "StreamArn")
    )
    stack["Resources"] |= function("first-reader", reads)
    with pytest.raises(TemplateError, match=r"FirstMapping: .* needs sqs:SendMessage"):
        make_world(stack)
