"""Queues feed functions as Lambda's pollers do."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from infra.local.control import dead_letters
from infra.local.template import TemplateError
from tests.local import handlers
from tests.local.small_stack import allow, camel, function, get, mapping, queue


def fail(bodies):
    """A script that reports the messages with these bodies as failed."""

    def script(event, context):
        return {
            "batchItemFailures": [
                {"itemIdentifier": record["messageId"]} for record in event["Records"] if record["body"] in bodies
            ]
        }

    return script


def send(world, *bodies, queue="work", **members):
    for body in bodies:
        world.send(queue, body, **members)


def left_on(world, queue):
    return [message.body for message in world.engine.sqs.queue(queue).messages()]


def test_messages_arrive_in_the_shape_lambda_gives_them(world):
    world.send("work", "hello", MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}})
    world.settle()
    (event,) = handlers.events_of("worker")
    (record,) = event["Records"]
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == "arn:aws:sqs:eu-west-1:111122223333:work"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"] == "1767603600000"
    assert record["messageAttributes"]["kind"] == {
        "stringValue": "greeting",
        "dataType": "String",
        "stringListValues": [],
        "binaryListValues": [],
    }
    assert left_on(world, "work") == []


def test_a_batch_holds_at_most_the_batch_size(stack, make_world):
    stack["Resources"]["WorkMapping"]["Properties"]["BatchSize"] = 2
    world = make_world(stack)
    send(world, "a", "b", "c")
    world.settle()
    assert handlers.bodies_of("worker") == [["a", "b"], ["c"]]


def test_only_the_messages_named_as_failed_come_again_after_their_visibility_timeout(world):
    send(world, "good", "bad")
    seen = []

    def script(event, context):
        seen.append((world.clock.now(), [record["body"] for record in event["Records"]]))
        return fail({"bad"} if len(seen) == 1 else set())(event, context)

    handlers.scripts["worker"] = script
    began = world.clock.now()
    world.settle()
    assert seen == [(began, ["good", "bad"]), (began + timedelta(seconds=60), ["bad"])]


def test_a_function_error_fails_the_whole_batch(world):
    def script(event, context):
        raise RuntimeError("no luck")

    handlers.scripts["worker"] = script
    send(world, "a", "b")
    world.settle()
    assert handlers.bodies_of("worker") == [["a", "b"]] * 3
    assert sorted(left_on(world, "work-dead")) == ["a", "b"]


@pytest.mark.parametrize(
    "response",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"wrong": "key"}]},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": "text"},
        {"failures": []},
        "done",
    ],
)
def test_a_malformed_response_fails_the_whole_batch(world, response):
    handlers.scripts["worker"] = lambda _event, _context: response
    send(world, "a")
    world.settle()
    assert left_on(world, "work-dead") == ["a"]


@pytest.mark.parametrize("response", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_nothing_named_as_failed_is_success(world, response):
    handlers.scripts["worker"] = lambda _event, _context: response
    send(world, "a")
    world.settle()
    assert handlers.bodies_of("worker") == [["a"]]
    assert left_on(world, "work-dead") == []


def test_without_report_batch_item_failures_the_response_is_not_read(stack, make_world):
    del stack["Resources"]["WorkMapping"]["Properties"]["FunctionResponseTypes"]
    world = make_world(stack)
    handlers.scripts["worker"] = fail({"a"})
    send(world, "a")
    world.settle()
    assert handlers.bodies_of("worker") == [["a"]]
    assert left_on(world, "work") == []


def test_a_message_that_keeps_failing_ends_on_the_dead_letter_queue_with_its_reason(world):
    def script(event, context):
        raise RuntimeError("cannot read this")

    handlers.scripts["worker"] = script
    send(world, "poison")
    progress = world.settle()
    (letter,) = dead_letters(world)
    assert (letter["queue"], letter["source"], letter["body"]) == ("work-dead", "work", "poison")
    assert letter["reason"] == "worker: cannot read this"
    assert progress.counts["errors"] == 3
    assert progress.moved == timedelta(minutes=3)


def test_a_message_named_as_failed_keeps_the_error_that_was_logged_with_it(world):
    def script(event, context):
        print('{"level": "ERROR", "message": "no such thing"}')
        return fail({"poison"})(event, context)

    handlers.scripts["worker"] = script
    send(world, "poison")
    world.settle()
    (letter,) = dead_letters(world)
    assert letter["reason"].startswith("worker: named in batchItemFailures; last error logged: ")
    assert "no such thing" in letter["reason"]


def test_a_batching_window_gathers_messages_until_it_ends(stack, make_world):
    stack["Resources"]["WorkMapping"]["Properties"] |= {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 5}
    world = make_world(stack)
    send(world, "a")
    send(world, "later", DelaySeconds=3)
    began = world.clock.now()
    progress = world.settle()
    assert handlers.bodies_of("worker") == [["a", "later"]]
    assert progress.now == began + timedelta(seconds=5)


def test_a_full_batch_does_not_wait_for_the_window(stack, make_world):
    stack["Resources"]["WorkMapping"]["Properties"] |= {"BatchSize": 12, "MaximumBatchingWindowInSeconds": 5}
    world = make_world(stack)
    send(world, *(str(n) for n in range(12)))
    assert world.settle().moved == timedelta(0)
    assert [len(batch) for batch in handlers.bodies_of("worker")] == [12]


def test_a_batch_is_cut_at_the_payload_lambda_takes(world):
    send(world, *(str(n) * 1_000_000 for n in range(8)))
    world.settle()
    assert [[body[0] for body in batch] for batch in handlers.bodies_of("worker")] == [
        ["0", "1", "2", "3", "4", "5"],
        ["6", "7"],
    ]
    assert left_on(world, "work") == []


def test_what_a_handler_does_to_its_event_stays_there(world):
    attempts = []

    def script(event, context):
        attempts.append(event["Records"][0]["body"])
        event["Records"][0]["body"] = "changed"
        event["Records"][0]["attributes"].clear()
        return fail({"changed"} if len(attempts) == 1 else set())(event, context)

    handlers.scripts["worker"] = script
    send(world, "a")
    world.settle()
    assert attempts == ["a", "a"]


def test_a_fifo_group_keeps_its_order_and_waits_for_its_failed_message(world):
    for group, body in (("a", "a1"), ("b", "b1"), ("a", "a2"), ("b", "b2")):
        world.send("ordered.fifo", body, MessageGroupId=group)
    order = []

    def script(event, context):
        failures, blocked = [], set()
        for record in event["Records"]:
            group = record["attributes"]["MessageGroupId"]
            first_try = record["attributes"]["ApproximateReceiveCount"] == "1"
            if group in blocked or (record["body"] == "a1" and first_try):
                blocked.add(group)
                failures.append({"itemIdentifier": record["messageId"]})
            else:
                order.append(record["body"])
        return {"batchItemFailures": failures}

    handlers.scripts["ordered-worker"] = script
    world.settle()
    assert order == ["b1", "b2", "a1", "a2"]


def test_a_fifo_message_sent_while_its_group_waits_does_not_overtake(world):
    world.send("ordered.fifo", "a1", MessageGroupId="a")
    attempts = []

    def script(event, context):
        attempts.append([record["body"] for record in event["Records"]])
        if len(attempts) == 1:
            world.send("ordered.fifo", "a2", MessageGroupId="a")
            return fail({"a1"})(event, context)
        return None

    handlers.scripts["ordered-worker"] = script
    world.settle()
    assert attempts == [["a1"], ["a1", "a2"]]


def test_a_filtered_message_is_deleted_unseen(stack, make_world):
    stack["Resources"]["WorkMapping"]["Properties"]["FilterCriteria"] = {
        "Filters": [{"Pattern": json.dumps({"body": {"kind": ["wanted"]}})}]
    }
    world = make_world(stack)
    send(world, '{"kind": "wanted"}', '{"kind": "other"}', "not json")
    world.settle()
    assert handlers.bodies_of("worker") == [['{"kind": "wanted"}']]
    assert left_on(world, "work") == left_on(world, "work-dead") == []


@pytest.mark.parametrize("depth", [900, 3_000, 100_000])
def test_a_filter_lets_no_body_pass_that_is_only_brackets_however_deep(stack, make_world, depth):
    stack["Resources"]["WorkMapping"]["Properties"]["FilterCriteria"] = {
        "Filters": [{"Pattern": json.dumps({"body": {"kind": ["wanted"]}})}]
    }
    world = make_world(stack)
    send(world, "[" * depth + "]" * depth, '{"kind": "wanted"}')
    world.settle()
    assert handlers.bodies_of("worker") == [['{"kind": "wanted"}']]
    assert left_on(world, "work") == left_on(world, "work-dead") == []


def test_without_a_filter_a_body_of_brackets_reaches_its_function(world):
    send(world, "[" * 3_000 + "]" * 3_000)
    world.settle()
    assert handlers.bodies_of("worker") == [["[" * 3_000 + "]" * 3_000]]


def test_a_mapping_needs_the_rights_to_read_its_queue(stack, make_world):
    stack["Resources"] |= function("worker", allow(["sqs:ReceiveMessage"], get("WorkQueue")))
    with pytest.raises(TemplateError, match=r"WorkMapping: .* needs sqs:DeleteMessage"):
        make_world(stack)


def test_batches_above_ten_need_a_window(stack, make_world):
    stack["Resources"]["WorkMapping"]["Properties"]["BatchSize"] = 100
    with pytest.raises(TemplateError, match="batching window"):
        make_world(stack)


def test_a_fifo_queue_has_no_batching_window(stack, make_world):
    stack["Resources"]["OrderedMapping"]["Properties"]["MaximumBatchingWindowInSeconds"] = 1
    with pytest.raises(TemplateError, match="FIFO"):
        make_world(stack)


def test_an_unknown_mapping_property_is_refused(stack, make_world):
    stack["Resources"]["WorkMapping"]["Properties"]["TumblingWindowInSeconds"] = 1
    with pytest.raises(TemplateError, match="TumblingWindowInSeconds"):
        make_world(stack)


def test_a_dead_letter_queue_that_refuses_its_source_is_found_at_the_start(stack, make_world):
    stack["Resources"]["WorkDead"]["Properties"]["RedriveAllowPolicy"] = {"redrivePermission": "denyAll"}
    with pytest.raises(TemplateError, match="does not allow it as a source"):
        make_world(stack)


def test_a_dead_letter_queue_has_to_exist_in_the_template(stack, make_world):
    stack["Resources"]["WorkQueue"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] = "arn:aws:sqs:x:y:z"
    with pytest.raises(TemplateError, match="is not in the template"):
        make_world(stack)


def test_two_functions_on_two_queues_take_turns(stack, make_world):
    stack["Resources"] |= (
        queue("more-work")
        | function("more-worker", allow("sqs:*", get("MoreWorkQueue")))
        | mapping("MoreMapping", get("MoreWorkQueue"), camel("more-worker"), BatchSize=1)
    )
    stack["Resources"]["WorkMapping"]["Properties"]["BatchSize"] = 1
    world = make_world(stack)
    send(world, "a", "b")
    send(world, "c", "d", queue="more-work")
    world.settle()
    assert [name for name, _ in handlers.calls] == ["worker", "more-worker", "worker", "more-worker"]
