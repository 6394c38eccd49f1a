"""Schedules fire in order of time; asynchronous invocations are retried by Lambda itself."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from infra.local.control import dead_letters
from infra.local.metric_store import series_of
from infra.local.template import TemplateError
from shared.kernel.clock import iso
from tests.local import handlers
from tests.local.small_stack import allow, get, ref


@pytest.fixture
def schedule(stack):
    """Properties of the schedule, before the world is made."""
    return stack["Resources"]["Schedule"]["Properties"]


def test_a_schedule_fires_at_its_minute_with_the_planned_time(world):
    seen = []
    handlers.scripts["hourly"] = lambda event, _context: seen.append((event["at"], iso(world.clock.now())))
    progress = world.advance(timedelta(hours=2))
    assert seen == [("2026-01-05T09:30:00Z", "2026-01-05T09:30:00Z"), ("2026-01-05T10:30:00Z", "2026-01-05T10:30:00Z")]
    assert progress.counts["schedules"] == 2
    series = series_of("AWS/Scheduler", "InvocationAttemptCount", {"ScheduleGroup": "default"})
    assert world.output.metrics.totals[series].sum == 2
    assert iso(progress.now) == "2026-01-05T11:00:00Z"


def test_a_rate_counts_from_the_start_of_the_world(schedule, stack, make_world):
    schedule["ScheduleExpression"] = "rate(25 minutes)"
    make_world(stack).advance(timedelta(hours=1))
    assert [event["at"] for event in handlers.events_of("hourly")] == ["2026-01-05T09:25:00Z", "2026-01-05T09:50:00Z"]


def test_a_one_time_schedule_fires_once(schedule, stack, make_world):
    schedule["ScheduleExpression"] = "at(2026-01-05T12:00:00)"
    schedule["ScheduleExpressionTimezone"] = "Europe/Stockholm"
    make_world(stack).advance(timedelta(days=2))
    assert [event["at"] for event in handlers.events_of("hourly")] == ["2026-01-05T11:00:00Z"]


def test_a_disabled_schedule_never_fires(schedule, stack, make_world):
    schedule["State"] = "DISABLED"
    make_world(stack).advance(timedelta(days=1))
    assert handlers.calls == []


def test_a_schedule_without_input_gets_the_event_of_the_scheduler(schedule, stack, make_world):
    del schedule["Target"]["Input"]
    make_world(stack).advance(timedelta(minutes=30))
    (event,) = handlers.events_of("hourly")
    assert event["detail-type"] == "Scheduled Event"
    assert event["source"] == "aws.scheduler"
    assert event["time"] == "2026-01-05T09:30:00Z"
    assert event["detail"] == "{}"


def test_a_schedule_may_send_to_a_queue(schedule, stack, make_world):
    schedule["Target"]["Arn"] = get("WorkQueue")
    stack["Resources"]["SchedulePolicy"]["Properties"]["PolicyDocument"] = {
        "Statement": [allow("sqs:SendMessage", get("WorkQueue"))]
    }
    make_world(stack).advance(timedelta(minutes=30))
    assert handlers.bodies_of("worker") == [['{"at": "2026-01-05T09:30:00Z"}']]


def test_a_schedule_needs_the_right_to_start_its_function(stack, make_world):
    stack["Resources"]["SchedulePolicy"]["Properties"]["Roles"] = []
    with pytest.raises(TemplateError, match=r"Schedule: .* needs lambda:InvokeFunction"):
        make_world(stack)


def test_the_scheduler_must_be_trusted_by_its_role(schedule, stack, make_world):
    schedule["Target"]["RoleArn"] = get("WorkerRole")
    with pytest.raises(TemplateError, match="may not assume"):
        make_world(stack)


def test_a_schedule_needs_the_right_to_its_dead_letter_queue(schedule, stack, make_world):
    schedule["Target"]["DeadLetterConfig"] = {"Arn": get("RunsDead")}
    with pytest.raises(TemplateError, match="needs sqs:SendMessage"):
        make_world(stack)


def test_a_run_that_fails_is_retried_after_one_and_two_minutes(world):
    seen = []

    def script(event, context):
        seen.append(iso(world.clock.now())[11:19])
        if len(seen) < 3:
            raise RuntimeError("not yet")

    handlers.scripts["hourly"] = script
    world.advance(timedelta(minutes=45))
    assert seen == ["09:30:00", "09:31:00", "09:33:00"]
    assert list(dead_letters(world)) == []


def test_a_run_that_keeps_failing_ends_at_its_failure_destination(world):
    def script(event, context):
        raise RuntimeError("never")

    handlers.scripts["hourly"] = script
    world.advance(timedelta(minutes=45))
    (letter,) = dead_letters(world)
    body = json.loads(letter["body"])
    assert letter["queue"] == "runs-dead"
    assert letter["reason"] == "hourly: RetriesExhausted: never"
    assert body["requestPayload"] == {"at": "2026-01-05T09:30:00Z"}
    assert body["requestContext"]["approximateInvokeCount"] == 3
    assert body["responsePayload"]["errorType"] == "RuntimeError"


def test_a_run_that_fails_without_a_destination_is_shown_as_lost(stack, make_world):
    del stack["Resources"]["HourlyRetries"]["Properties"]["DestinationConfig"]
    world = make_world(stack)

    def script(event, context):
        raise RuntimeError("never")

    handlers.scripts["hourly"] = script
    world.advance(timedelta(minutes=45))
    assert [(letter["queue"], letter["source"]) for letter in dead_letters(world)] == [(None, "hourly")]


def test_a_function_may_have_a_dead_letter_queue_of_its_own(stack, make_world):
    del stack["Resources"]["HourlyRetries"]
    stack["Resources"]["Hourly"]["Properties"]["DeadLetterConfig"] = {"TargetArn": get("RunsDead")}
    world = make_world(stack)

    def script(event, context):
        raise RuntimeError("never")

    handlers.scripts["hourly"] = script
    world.advance(timedelta(minutes=45))
    (letter,) = dead_letters(world)
    assert (letter["queue"], json.loads(letter["body"])) == ("runs-dead", {"at": "2026-01-05T09:30:00Z"})


def test_retries_stop_at_the_maximum_age(stack, make_world):
    stack["Resources"]["HourlyRetries"]["Properties"]["MaximumEventAgeInSeconds"] = 120
    world = make_world(stack)

    def script(event, context):
        raise RuntimeError("never")

    handlers.scripts["hourly"] = script
    world.advance(timedelta(minutes=45))
    (letter,) = dead_letters(world)
    assert json.loads(letter["body"])["requestContext"]["condition"] == "EventAgeExceeded"
    assert len(handlers.events_of("hourly")) == 2


def test_events_reach_the_targets_of_the_rules_that_match(stack, make_world):
    stack["Resources"] |= rule("OrdersRule", {"detail-type": ["order.recorded"]}, get("Hourly"))
    stack["Resources"] |= permission("OrdersPermission", "Hourly", "OrdersRule")
    world = make_world(stack)
    publish(world, "order.recorded", "order.cancelled")
    world.settle()
    (event,) = handlers.events_of("hourly")
    assert (event["detail-type"], event["source"], event["detail"]) == ("order.recorded", "shop", {"n": 1})


def test_a_rule_needs_a_permission_to_invoke_its_function(stack, make_world):
    stack["Resources"] |= rule("OrdersRule", {"source": ["shop"]}, get("Hourly"))
    with pytest.raises(TemplateError, match=r"no permission lets events\.amazonaws\.com invoke"):
        make_world(stack)


def test_a_rule_needs_a_policy_to_send_to_its_queue(stack, make_world):
    stack["Resources"] |= rule("OrdersRule", {"source": ["shop"]}, get("WorkQueue"))
    with pytest.raises(TemplateError, match=r"does not let events\.amazonaws\.com send"):
        make_world(stack)


def lets_events_send(logical_id, *queues):
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": get(queue),
            "Condition": {"ArnEquals": {"aws:SourceArn": {"Fn::Sub": "arn:aws:events:*:*:rule/shop/${OrdersRule}"}}},
        }
        for queue in queues
    ]
    properties = {"Queues": [ref(queue) for queue in queues], "PolicyDocument": {"Statement": statements}}
    return {logical_id: {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}}


def test_a_rule_sends_to_a_queue_whose_policy_lets_it(stack, make_world):
    stack["Resources"] |= rule("OrdersRule", {"source": ["shop"]}, get("WorkQueue"), InputPath="$.detail")
    stack["Resources"] |= lets_events_send("WorkPolicy", "WorkQueue")
    world = make_world(stack)
    publish(world, "order.recorded")
    world.settle()
    assert handlers.bodies_of("worker") == [['{"n": 1}']]


@pytest.mark.parametrize("buried", [True, False])
def test_what_a_queue_does_not_take_from_a_rule_lies_among_its_dead_letters_or_is_lost(stack, make_world, buried):
    stack["Resources"]["WorkQueue"]["Properties"]["MaximumMessageSize"] = 1024
    grave = {"DeadLetterConfig": {"Arn": get("WorkDead")}} if buried else {}
    stack["Resources"] |= rule("OrdersRule", {"source": ["shop"]}, get("WorkQueue"), InputPath="$.detail", **grave)
    stack["Resources"] |= lets_events_send("WorkPolicy", "WorkQueue", "WorkDead")
    world = make_world(stack)
    detail = json.dumps({"n": "x" * 2000})
    entry = {"EventBusName": "shop", "Source": "shop", "DetailType": "order.recorded", "Detail": detail}
    world.engine.execute("events", "PutEvents", {"Entries": [entry]})
    world.settle()
    (letter,) = dead_letters(world)
    assert (letter["queue"], letter["body"]) == ("work-dead" if buried else None, detail)
    assert "1024 bytes" in letter["reason"]
    series = series_of("AWS/Events", "FailedInvocations", {"RuleName": "orders", "EventBusName": "shop"})
    assert world.output.metrics.totals[series].sum == 1


def test_a_rule_needs_a_policy_to_bury_what_it_cannot_send(stack, make_world):
    grave = {"DeadLetterConfig": {"Arn": get("WorkDead")}}
    stack["Resources"] |= rule("OrdersRule", {"source": ["shop"]}, get("WorkQueue"), **grave)
    stack["Resources"] |= lets_events_send("WorkPolicy", "WorkQueue")
    with pytest.raises(TemplateError, match=r"work-dead does not let events\.amazonaws\.com send"):
        make_world(stack)


def test_an_event_on_another_bus_matches_nothing(stack, make_world):
    stack["Resources"] |= rule("OrdersRule", {"source": ["shop"]}, get("Hourly"))
    stack["Resources"] |= permission("OrdersPermission", "Hourly", "OrdersRule")
    world = make_world(stack)
    publish(world, "order.recorded", bus="default")
    world.settle()
    assert handlers.calls == []


def test_expired_items_leave_within_the_hour_and_the_stream_says_so(world):
    expires = int(world.clock.now().timestamp()) + 600
    item = {"pk": {"S": "a"}, "sk": {"S": "-"}, "ttl": {"N": str(expires)}}
    world.engine.execute("dynamodb", "PutItem", {"TableName": "things", "Item": item})
    world.advance(timedelta(minutes=20))
    assert len(list(world.engine.dynamodb.table("things").items())) == 1
    world.advance(timedelta(minutes=40))
    assert list(world.engine.dynamodb.table("things").items()) == []
    series = series_of("AWS/DynamoDB", "TimeToLiveDeletedItemCount", {"TableName": "things"})
    assert world.output.metrics.totals[series].sum == 1
    last = handlers.events_of("first-reader")[-1]["Records"][-1]
    assert last["eventName"] == "REMOVE"
    assert last["userIdentity"]["principalId"] == "dynamodb.amazonaws.com"


def rule(logical_id, pattern, target_arn, **target):
    return {
        logical_id: {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": "orders",
                "EventBusName": ref("Bus"),
                "EventPattern": pattern,
                "Targets": [{"Id": "t", "Arn": target_arn, **target}],
            },
        }
    }


def permission(logical_id, target, rule_id):
    return {
        logical_id: {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": get(target),
                "Principal": "events.amazonaws.com",
                "SourceArn": get(rule_id),
            },
        }
    }


def publish(world, *kinds, bus="shop"):
    entries = [{"EventBusName": bus, "Source": "shop", "DetailType": kind, "Detail": '{"n": 1}'} for kind in kinds]
    world.engine.execute("events", "PutEvents", {"Entries": entries})
