from __future__ import annotations

import json
from datetime import timedelta

import pytest

from infra.local.dead_letters import dead_letters
from infra.local.template import TemplateError
from tests.local import handlers
from tests.local.small_stack import allow, get, ref

_ARN = "arn:aws:lambda:eu-west-1:111122223333:function"


def live(logical_id):
    """Version and alias of a function of the small stack; the alias is called `<logical_id>Live`."""
    return {
        f"{logical_id}Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": ref(logical_id)}},
        f"{logical_id}Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": ref(logical_id),
                "FunctionVersion": get(f"{logical_id}Version", "Version"),
                "Name": "live",
            },
        },
    }


def seen(name):
    """A script that tells under which ARN and as which version it was started."""
    found = []
    handlers.scripts[name] = lambda _event, context: found.append(
        (context.invoked_function_arn, context.function_version)
    )
    return found


def test_a_queue_feeds_the_version_behind_the_alias(stack, make_world):
    stack["Resources"] |= live("Worker")
    stack["Resources"]["WorkMapping"]["Properties"]["FunctionName"] = ref("WorkerLive")
    world = make_world(stack)
    started = seen("worker")
    world.send("work", "{}")
    world.settle()
    assert started == [(f"{_ARN}:worker:live", "1")]


def test_a_route_on_an_alias_needs_a_permission_on_the_alias(stack, make_world):
    stack["Resources"] |= live("Front")
    stack["Resources"]["Integration"]["Properties"]["IntegrationUri"] = ref("FrontLive")
    with pytest.raises(TemplateError, match="no permission lets apigateway.amazonaws.com invoke .*front:live"):
        make_world(stack)
    stack["Resources"]["FrontPermission"]["Properties"]["FunctionName"] = ref("FrontLive")
    started = seen("front")
    make_world(stack).http("GET", "/files/a")
    assert started == [(f"{_ARN}:front:live", "1")]


def test_a_permission_on_the_alias_does_not_let_anybody_start_the_function_itself(stack, make_world):
    stack["Resources"] |= live("Front")
    stack["Resources"]["FrontPermission"]["Properties"]["FunctionName"] = ref("FrontLive")
    with pytest.raises(TemplateError, match="no permission"):
        make_world(stack)


def _scheduled_live(stack):
    stack["Resources"] |= live("Hourly")
    stack["Resources"]["Schedule"]["Properties"]["Target"]["Arn"] = ref("HourlyLive")
    return stack["Resources"]["SchedulePolicy"]["Properties"]["PolicyDocument"]


def test_a_schedule_may_start_exactly_what_its_role_names(stack, make_world):
    _scheduled_live(stack)
    with pytest.raises(TemplateError, match="needs lambda:InvokeFunction on .*hourly:live"):
        make_world(stack)


def _run_that_fails(stack, make_world, qualifier):
    """The letters of an hourly run that fails, with no retries for what is started under `qualifier`."""
    _scheduled_live(stack)["Statement"] = allow("lambda:InvokeFunction", ref("HourlyLive"))
    stack["Resources"]["HourlyRetries"]["Properties"] |= {"Qualifier": qualifier, "MaximumRetryAttempts": 0}
    world = make_world(stack)
    handlers.scripts["hourly"] = lambda _event, _context: 1 / 0
    world.advance(timedelta(minutes=45))
    return list(dead_letters(world))


def test_what_is_reported_of_a_run_names_alias_and_version(stack, make_world):
    (letter,) = _run_that_fails(stack, make_world, "live")
    report = json.loads(letter["body"])
    assert report["requestContext"]["functionArn"] == f"{_ARN}:hourly:live"
    assert report["responseContext"]["executedVersion"] == "1"
    assert len(handlers.events_of("hourly")) == 1


def test_rules_for_the_function_itself_say_nothing_about_runs_of_its_alias(stack, make_world):
    (letter,) = _run_that_fails(stack, make_world, "$LATEST")
    assert letter["queue"] != "runs-dead"
    assert len(handlers.events_of("hourly")) == 3


def test_an_alias_leads_to_a_version_of_its_own_function(stack, make_world):
    stack["Resources"] |= live("Front") | live("Worker")
    stack["Resources"]["FrontLive"]["Properties"]["FunctionVersion"] = "7"
    with pytest.raises(TemplateError, match="version 7 of front is not in the template"):
        make_world(stack)
