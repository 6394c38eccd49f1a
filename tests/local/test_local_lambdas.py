"""Functions are invoked as Lambda does it, in one process."""

from __future__ import annotations

import ast
import json
import logging
import os
import sys
from pathlib import Path

import pytest

from infra.local.engine import current_caller
from tests.local import handlers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def invoke(world):
    """Invokes a function of the small stack directly."""

    def call(name, event=None):
        return world.lambdas.invoke(world.lambdas.find(name), event)

    return call


def script(name, value):
    handlers.scripts[name] = value


def test_the_function_sees_its_own_environment_and_not_that_of_others(invoke, monkeypatch):
    monkeypatch.setenv("WORK_QUEUE_URL", "from outside")
    seen = {}
    script("front", lambda _event, _context: seen.update(os.environ))
    invoke("front")
    assert seen["TABLE_NAME"] == "things"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "front"
    assert seen["AWS_REGION"] == "eu-west-1"
    assert seen["_HANDLER"] == "tests.local.handlers.handler"
    assert "WORK_QUEUE_URL" not in seen
    assert os.environ["WORK_QUEUE_URL"] == "from outside"
    assert "TABLE_NAME" not in os.environ


def test_the_users_own_aws_settings_do_not_reach_the_function(stack, make_world, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "private")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "private")
    world = make_world(stack)
    seen = {}
    script("front", lambda _event, _context: seen.update(os.environ))
    world.lambdas.invoke(world.lambdas.find("front"), None)
    assert "AWS_PROFILE" not in seen
    assert "private" not in seen.values()
    assert os.environ["AWS_PROFILE"] == "private"


def test_the_context_is_shaped_like_lambdas(invoke):
    seen = []
    script("front", lambda _event, context: seen.append((context, current_caller.get())))
    outcome = invoke("front")
    ((context, caller),) = seen
    assert caller == context.function_name == "front"
    assert current_caller.get() is None
    assert context.invoked_function_arn == "arn:aws:lambda:eu-west-1:111122223333:function:front"
    assert context.aws_request_id == outcome.request_id
    assert context.memory_limit_in_mb == "256"
    assert context.get_remaining_time_in_millis() == 30_000
    assert context.log_group_name == "/aws/lambda/front"


def test_event_and_result_go_through_json(invoke):
    event = {"list": (1, 2)}
    script("front", lambda given, _context: {"got": given["list"], "mutable": given.update(changed=True)})
    assert invoke("front", event).value == {"got": [1, 2], "mutable": None}
    assert event == {"list": (1, 2)}


def test_a_result_that_is_not_json_is_a_function_error(invoke):
    script("front", lambda _event, _context: {1, 2})
    assert invoke("front").error.type == "Runtime.MarshalError"


def test_an_exception_is_a_function_error_with_its_trace_in_the_log(invoke, world):
    def explode(event, context):
        raise KeyError("gone")

    script("front", explode)
    outcome = invoke("front")
    assert outcome.error.type == "KeyError"
    line = json.loads(world.output.lines[-1].line)
    assert line["errorMessage"] == "'gone'"
    assert "explode" in "".join(line["stackTrace"])


@pytest.mark.parametrize("end", [SystemExit(1), GeneratorExit(), type("Crash", (BaseException,), {})()])
def test_what_ends_a_process_ends_only_the_invocation(invoke, end):
    def stop(event, context):
        raise end

    script("front", stop)
    assert invoke("front").error is not None
    script("front", lambda _event, _context: "next")
    assert invoke("front").value == "next"


def test_an_interrupt_of_the_user_is_not_swallowed(invoke):
    def interrupt(event, context):
        raise KeyboardInterrupt

    script("front", interrupt)
    with pytest.raises(KeyboardInterrupt):
        invoke("front")


def test_a_handler_that_cannot_be_imported_is_an_init_error(stack, make_world):
    stack["Resources"]["Front"]["Properties"]["Handler"] = "tests.local.nowhere.handler"
    world = make_world(stack)
    assert world.lambdas.invoke(world.lambdas.find("front"), None).error.type == "Runtime.ImportModuleError"


def test_the_time_is_constant_within_an_invocation_and_the_clock_cannot_be_moved_there(invoke, world):
    def move(event, context):
        world.clock.tick()

    script("front", move)
    assert invoke("front").error.type == "RuntimeError"


def test_a_handler_that_takes_too_long_timed_out(invoke, world):
    times = iter([0.0, 10.0, 31.0])
    world.lambdas.timer = lambda: next(times)
    remaining = []
    script("front", lambda _event, context: remaining.append(context.get_remaining_time_in_millis()))
    outcome = invoke("front")
    assert remaining == [20_000]
    assert outcome.error.type == "Sandbox.Timedout"
    assert outcome.error.message == "Task timed out after 30.00 seconds"


def test_what_is_printed_becomes_log_lines(invoke, world, capsys):
    script("front", lambda _event, _context: print("one\ntwo"))
    outcome = invoke("front")
    assert [(line.function, line.request_id, line.line) for line in world.output.lines] == [
        ("front", outcome.request_id, "one"),
        ("front", outcome.request_id, "two"),
    ]
    assert world.output.lines[0].at == world.clock.now()
    assert capsys.readouterr().out == ""


def test_a_logger_that_keeps_its_stream_is_heard_in_every_invocation(invoke, world):
    logger = logging.getLogger("kept")
    logger.setLevel("INFO")

    def first(event, context):
        logger.addHandler(logging.StreamHandler(sys.stdout))
        logger.info("first")

    script("front", first)
    invoke("front")
    script("worker", lambda _event, _context: logger.info("second"))
    invoke("worker")
    logger.handlers.clear()
    assert [(line.function, line.line) for line in world.output.lines] == [("front", "first"), ("worker", "second")]


def test_stdout_is_itself_again_after_an_invocation(invoke):
    before = sys.stdout
    invoke("front")
    assert sys.stdout is before


def embedded(**values):
    return json.dumps(
        {
            "_aws": {
                "Timestamp": 1,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "Shop",
                        "Dimensions": [["service"]],
                        "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
                    }
                ],
            },
            "service": "front",
            **values,
        }
    )


def test_embedded_metrics_are_collected_and_are_no_log_lines(invoke, world):
    script("front", lambda _event, _context: print(embedded(orders=[1, 2], lines=5)))
    invoke("front")
    invoke("front")
    found = {(m["namespace"], m["name"]): m for m in world.output.metrics.as_json()}
    assert found["Shop", "orders"] == {
        "namespace": "Shop",
        "name": "orders",
        "dimensions": {"service": "front"},
        "unit": "Count",
        "count": 4,
        "sum": 6.0,
        "min": 1,
        "max": 2,
        "last": 2,
    }
    assert found["Shop", "lines"]["sum"] == 10
    assert found["AWS/Lambda", "Invocations"]["sum"] == 2
    assert list(world.output.lines) == []


def test_the_same_run_has_the_same_request_ids(stack, make_world):
    ids = []
    for _ in range(2):
        world = make_world(stack)
        ids.append([world.lambdas.invoke(world.lambdas.find("front"), None).request_id for _ in range(2)])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


def test_nothing_that_is_deployed_imports_the_runner():
    offenders = [
        path
        for folder in ("functions", "shared")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if any(name == "infra.local" or name.startswith("infra.local.") for name in _imported(node))
    ]
    assert offenders == []


def _imported(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
