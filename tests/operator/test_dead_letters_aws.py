"""The same in an AWS account: botocore's own clients, the in-process engine in the place of SQS."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.server import LocalServer
from infra.local.world import World
from infra.operator.dead_letters import reports
from infra.operator.dead_letters.__main__ import main
from infra.operator.dead_letters.advice import purpose
from infra.operator.dead_letters.aws import StackInAws, _works_on
from infra.operator.dead_letters.local import LocalService
from infra.operator.dead_letters.model import Trouble
from tests.flow.conftest import Shop
from tests.operator.account import account

pytestmark = pytest.mark.slow

NOTHING: frozenset[str] = frozenset()


@pytest.fixture
def wired() -> Iterator[World]:
    """A world whose calls go through all of botocore, so that the tool's clients reach its engine."""
    with World.boot(wire=True) as world:
        yield world


@pytest.fixture
def stack(wired: World) -> StackInAws:
    return account(wired)


def die(world: World, queue: str, *bodies: str, **members: Any) -> list[str]:
    fifo = queue.endswith(".fifo")
    ids = []
    for n, body in enumerate(bodies):
        given = members | ({"MessageDeduplicationId": f"d{n}"} if fifo else {})
        ids.append(world.send(queue, body, **given))
    world.advance(timedelta(hours=2))
    return ids


def bodies(world: World, queue: str) -> list[str]:
    return [message.body for message in world.engine.sqs.queue(queue).messages()]


def test_both_places_tell_the_same(wired: World, stack: StackInAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "now", wired.clock.now)
    die(wired, "tally-demand", "not json", '{"order": "x"}')
    (letter,) = die(wired, "allocate-stock.fifo", '{"sku": "A"}', MessageGroupId="g")
    with LocalServer(wired) as server:
        local = LocalService(server.url)
        here, there = ({**reports.listing(place, 3), "place": ""} for place in (local, stack))
        by_name = [sorted(report["queues"], key=lambda queue: queue["queue"]) for report in (here, there)]
        assert [(queue["queue"], queue["count"], queue["source"]) for queue in by_name[0]] == [
            (queue["queue"], queue["count"], queue["source"]) for queue in by_name[1]
        ]
        reasons = [[one["reason"] for queue in queues for one in queue["letters"]] for queues in by_name]
        assert reasons[0] == reasons[1]
        assert len(reasons[0]) == 3
        told = [reports.explanation(place, letter) for place in (local, stack)]
    different = {name for name in told[0] if told[0][name] != told[1][name]}
    assert different <= {"place", "log", "sent_at", "forgotten_at"}
    assert (told[1]["group"], told[1]["attempts"]) == ("g", 5)
    assert told[1]["trace_id"] in told[1]["log"]
    assert told[1]["log"].startswith("Logs Insights on /aws/lambda/backorders-allocate-stock: fields")


def test_looking_hides_nothing_from_the_next_who_looks(wired: World, stack: StackInAws) -> None:
    die(wired, "tally-demand", *(f"poison {n}" for n in range(23)))
    (queue,) = [queue for queue in stack.queues() if queue.count]
    assert [len(stack.letters(queue)) for _ in range(2)] == [23, 23]
    assert wired.engine.sqs.queue("tally-demand-dead").counts() == (23, 0, 0)


def test_a_whole_queue_is_moved_by_sqs_itself(wired: World, stack: StackInAws) -> None:
    die(wired, "tally-demand", "one", "two")
    asked: list[Any] = []
    wired.engine.before.append(lambda _c, _s, operation, params: asked.append((operation, params)))
    report = reports.redriven(stack, "tally-demand", NOTHING, 7, reason="repaired")
    assert (report["count"], bodies(wired, "tally-demand")) == (2, ["one", "two"])
    moves = [params for operation, params in asked if operation == "StartMessageMoveTask"]
    (move,) = moves
    assert move["SourceArn"].rpartition(":")[2] == "tally-demand-dead"
    assert move["DestinationArn"].rpartition(":")[2] == "tally-demand"
    assert move["MaxNumberOfMessagesPerSecond"] == 7


def test_who_sends_letters_back_and_why_is_in_the_trail_under_the_name_that_aws_knows(
    wired: World, stack: StackInAws
) -> None:
    first, _, _ = die(wired, "tally-demand", "one", "two", "three")
    reports.redriven(stack, "tally-demand", frozenset({first}), None, reason="one to try")
    reports.redriven(stack, "tally-demand", NOTHING, None, reason="it worked")
    every, one = Shop(wired).ok("o", "GET", "/v1/actions")["items"]
    assert (one["actor"], one["action"], one["about"]) == (
        "assumed-role/Operations/jane",
        "redrive",
        "tally-demand-dead",
    )
    assert (one["reason"], one["detail"]) == ("one to try", {"letters": 1, "only": [first]})
    assert (every["reason"], every["detail"]) == ("it worked", {"letters": 2})


def test_without_the_right_to_note_it_nothing_is_sent_back(wired: World, stack: StackInAws) -> None:
    die(wired, "tally-demand", "one")

    def refuse(_c: Any, _s: str, operation: str, _p: Any) -> None:
        if operation == "PutItem":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutItem")

    wired.engine.before.append(refuse)
    with pytest.raises(Trouble, match="AccessDenied"):
        reports.redriven(stack, "tally-demand", NOTHING, None, reason="repaired")
    assert (bodies(wired, "tally-demand"), bodies(wired, "tally-demand-dead")) == ([], ["one"])


def test_a_dry_run_calls_nothing_that_changes_anything(wired: World, stack: StackInAws) -> None:
    ids = die(wired, "tally-demand", "one", "two")
    asked: set[str] = set()
    wired.engine.before.append(lambda _c, _s, operation, _p: asked.add(operation))
    report = reports.redriven(stack, "tally-demand-dead", NOTHING, None, reason=None)
    assert [letter["message_id"] for letter in report["letters"]] == ids
    assert asked == {"GetQueueAttributes", "ReceiveMessage", "ChangeMessageVisibilityBatch"}
    assert bodies(wired, "tally-demand-dead") == ["one", "two"]


@pytest.mark.parametrize(("queue", "members"), [("tally-demand", {}), ("allocate-stock.fifo", {"MessageGroupId": "g"})])
def test_single_letters_go_back_as_they_were_sent(
    wired: World, stack: StackInAws, queue: str, members: dict[str, str]
) -> None:
    attributes = {"from": {"DataType": "String", "StringValue": "somebody"}}
    _, second, _ = die(wired, queue, "one", "two", "three", MessageAttributes=attributes, **members)
    report = reports.redriven(stack, queue, frozenset({second}), 100, reason="repaired")
    (message,) = wired.engine.sqs.queue(queue).messages()
    assert (report["count"], message.body, message.attributes) == (1, "two", attributes)
    assert message.system.get("MessageGroupId") == members.get("MessageGroupId")
    dead = queue.replace("stock", "stock-dead").replace("demand", "demand-dead")
    assert bodies(wired, dead) == ["one", "three"]
    assert wired.engine.sqs.queue(dead).counts() == (2, 0, 0)


def test_a_single_letter_that_was_sent_but_not_deleted_is_there_twice_and_never_lost(
    wired: World, stack: StackInAws
) -> None:
    (only,) = die(wired, "tally-demand", "one")

    def cut_off(_c: Any, _s: str, operation: str, _p: Any) -> None:
        if operation == "DeleteMessage":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteMessage")

    wired.engine.before.append(cut_off)
    with pytest.raises(Trouble, match="AccessDenied"):
        reports.redriven(stack, "tally-demand", frozenset({only}), None, reason="repaired")
    assert (bodies(wired, "tally-demand"), bodies(wired, "tally-demand-dead")) == (["one"], ["one"])
    assert wired.engine.sqs.queue("tally-demand-dead").counts() == (1, 0, 0)


def test_a_repaired_function_does_the_work_of_its_letters(wired: World, stack: StackInAws) -> None:
    shop = Shop(wired)
    shop.supplier()
    shop.item("A")
    order = shop.order("1", ("A", 2))
    shop.settle()
    die(wired, "allocate-stock.fifo", json.dumps({"sku": "A"}), MessageGroupId="g")
    shop.found("A", 2)
    shop.settle()
    reports.redriven(stack, "allocate-stock", NOTHING, None, reason="repaired")
    shop.days(0.2)
    assert shop.units(order) == {"released": 2}
    assert [letter["body"] for letter in shop.dead_letters()] == ['{"sku": "A"}']


def test_without_the_right_to_read_logs_the_refusal_is_told(wired: World) -> None:
    (only,) = die(wired, "tally-demand", "one")
    told = reports.explanation(account(wired, logs_may_be_read=False), only)
    assert (told["body"], told["trace_id"]) == ("one", None)
    assert "not authorized to perform: logs:FilterLogEvents" in told["reason"]


def test_in_a_stack_without_a_table_letters_can_be_seen_and_not_sent_back(wired: World) -> None:
    die(wired, "tally-demand", "one")
    bare = account(wired, of="AWS::SQS::")
    assert [len(queue["letters"]) for queue in reports.listing(bare, 3)["queues"] if queue["count"]] == [1]
    with pytest.raises(Trouble, match="TableName"):
        reports.redriven(bare, "tally-demand", NOTHING, None, reason="repaired")
    assert bodies(wired, "tally-demand-dead") == ["one"]


def test_a_stack_that_does_not_exist_is_told(stack: StackInAws) -> None:
    stack._stack = "Other"
    with pytest.raises(Trouble, match="Stack with id Other does not exist"):
        stack.queues()


def test_the_functions_of_another_stage_are_found_by_its_names() -> None:
    assert _works_on("backorders-tally-demand", "tally-demand")
    assert _works_on("test-backorders-allocate-stock", "test-allocate-stock.fifo")
    assert not _works_on("test-backorders-allocate-stock", "allocate-stock.fifo")
    assert not _works_on("backorders-api", "tally-demand")
    assert purpose("test-allocate-stock-dead.fifo") == purpose("allocate-stock-dead.fifo")
    assert purpose("schedules-dead").startswith("an hourly run")


def test_without_a_region_or_credentials_the_command_ends_with_1_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["list", "--stack", "Backorders"]) == 1
    assert "region" in capsys.readouterr().err
    assert main(["list", "--stack", "Backorders", "--region", "eu-north-1"]) == 1
    assert "credentials" in capsys.readouterr().err.lower()
