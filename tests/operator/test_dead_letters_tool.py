"""list, explain and redrive from the command line, against a service that runs on this machine."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.local.world import World
from infra.operator.backorders.__main__ import main as backorders
from infra.operator.dead_letters.__main__ import main
from tests.flow.conftest import Shop
from tests.operator.conftest import Tool

pytestmark = pytest.mark.slow

QUEUES = 12
WHY = ("--reason", "repaired")


def broken(world: World, function: str) -> Any:
    """From now on every call of a function to AWS fails, as if a deployment had taken its rights; returns the hook."""

    def refuse(caller: str | None, *_: object) -> None:
        if (caller or world.lambdas.running) == f"backorders-{function}":
            raise ConnectionError("no way out")

    world.engine.before.append(refuse)
    return refuse


def poisoned(shop: Shop, *bodies: str, queue: str = "tally-demand") -> list[str]:
    """Messages that are dead by now, by id."""
    ids = [shop.world.send(queue, body) for body in bodies]
    shop.world.advance(timedelta(hours=2))
    assert len(shop.dead_letters()) == len(bodies)
    return ids


def queue_of(report: Any, name: str) -> Any:
    return next(queue for queue in report["queues"] if queue["queue"] == name)


def test_where_nothing_died_all_queues_are_listed_as_empty(tool: Tool) -> None:
    done = tool("list")
    assert (done.code, done.out.splitlines()[-1]) == (0, f"{QUEUES} of {QUEUES} queues are empty")
    assert [queue["count"] for queue in tool("list", "--json").json["queues"]] == [0] * QUEUES


def test_a_list_shows_count_age_end_and_the_reasons_of_the_oldest(dying_shop: Shop, tool: Tool) -> None:
    first, second = poisoned(dying_shop, "not json", '{"order": "x"}')
    queue = queue_of(tool("list", "--json").json, "tally-demand-dead")
    assert (queue["count"], queue["source"], queue["oldest_age_seconds"]) == (2, "tally-demand", 7200)
    assert queue["oldest_forgotten_at"].startswith("2026-01-19T")
    assert {letter["message_id"] for letter in queue["letters"]} == {first, second}
    shown = tool("list", "--show", "1").out
    assert "tally-demand-dead  2, oldest 2 h 0 min, forgotten 2026-01-19" in shown
    assert "Malformed (malformed)" in shown
    assert "and 1 more" in shown


def test_each_message_of_a_batch_keeps_its_own_reason(dying_shop: Shop, tool: Tool) -> None:
    first, second = poisoned(dying_shop, "not json", '{"order": "x"}')
    assert tool("explain", first, "--json").json["reason"].startswith("Malformed")
    assert tool("explain", second, "--json").json["reason"].startswith("KeyError")
    for letter in dying_shop.dead_letters():
        assert json.loads(letter["reason"].partition("last error logged: ")[2])["message_id"] == letter["message_id"]


def test_an_explanation_says_what_it_is_why_it_died_and_what_to_do(dying_shop: Shop, tool: Tool) -> None:
    (message_id,) = poisoned(dying_shop, '{"order": "x"}')
    told = tool("explain", message_id, "--json").json
    assert (told["body"], told["attempts"], told["source"]) == ({"order": "x"}, 5, "tally-demand")
    assert told["does"] == "Queue -> the open demand of each SKU."
    assert "KeyError" in told["reason"]
    assert "functions/tally_demand/handler.py" in told["reason"]
    assert f"redrive tally-demand-dead --only {message_id}" in " ".join(told["todo"])
    lines = [line.line for line in dying_shop.world.output.lines if message_id in line.line]
    assert told["trace_id"] == json.loads(lines[-1])["correlation_id"]
    assert told["trace_id"] in told["log"]
    text = tool("explain", message_id).out
    assert text.startswith(f"{message_id} on tally-demand-dead")
    assert told["reason"] in text


def test_what_cannot_be_read_is_not_advised_to_be_sent_back(dying_shop: Shop, tool: Tool) -> None:
    (message_id,) = poisoned(dying_shop, "not json")
    told = tool("explain", message_id, "--json").json
    assert told["body"] == "not json"
    assert "never be read" in told["todo"][0]


def test_a_dry_run_says_what_would_go_and_moves_nothing(dying_shop: Shop, tool: Tool) -> None:
    first, second = poisoned(dying_shop, "not json", "nor this")
    everything = tool("redrive", "tally-demand", "--dry-run", "--json").json
    assert [letter["message_id"] for letter in everything["letters"]] == [first, second]
    assert (everything["count"], everything["dry_run"], everything["to"]) == (2, True, "tally-demand")
    one = tool("redrive", "tally-demand-dead", "--dry-run", "--only", second)
    assert f"  {second}  Malformed" in one.out
    assert "1 of tally-demand-dead would go back to tally-demand" in one.out
    assert first not in one.out
    assert len(dying_shop.dead_letters()) == 2


def test_only_the_named_letter_goes_back_and_what_was_not_repaired_dies_again(dying_shop: Shop, tool: Tool) -> None:
    first, second = poisoned(dying_shop, "not json", "nor this")
    done = tool("redrive", "tally-demand-dead", "--only", second, "--rate", "5", "--reason", "one to try")
    assert (done.code, done.out.splitlines()[-1].split(" at ")[0]) == (
        0,
        "1 of tally-demand-dead went back to tally-demand",
    )
    assert [letter["message_id"] for letter in dying_shop.dead_letters()] == [first]
    dying_shop.world.advance(timedelta(hours=2))
    assert sorted(letter["body"] for letter in dying_shop.dead_letters()) == ["nor this", "not json"]


def test_what_is_sent_back_is_among_the_actions_with_its_reason_and_a_dry_run_is_not(
    dying_shop: Shop, tool: Tool, served: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _, _ = poisoned(dying_shop, "not json", "nor this", "nor that")
    assert tool("redrive", "tally-demand", "--dry-run").code == 0
    assert tool("redrive", "tally-demand", "--only", first, "--reason", "one to try").code == 0
    assert tool("redrive", "tally-demand", "--reason", " it worked ").code == 0
    capsys.readouterr()
    assert backorders(["actions", "--json", "--url", served]) == 0
    noted = json.loads(capsys.readouterr().out)
    assert {(one["actor"], one["action"], one["about"]) for one in noted} == {
        ("this machine", "redrive", "tally-demand-dead")
    }
    told = {one["reason"]: one["detail"] for one in noted}
    assert told == {"one to try": {"letters": 1, "only": [first]}, "it worked": {"letters": 2}}
    assert len(noted) == 2


@pytest.mark.parametrize("name", ["allocate-stock-dead.fifo", "allocate-stock-dead", "allocate-stock.fifo"])
def test_once_a_function_is_repaired_its_letters_do_their_work(dying_shop: Shop, tool: Tool, name: str) -> None:
    world, order = dying_shop.world, dying_shop.order("1", ("A", 2))
    dying_shop.settle()
    hook = broken(world, "allocate-stock")
    dying_shop.found("A", 2)
    dying_shop.days(0.2)
    (letter,) = tool("list", "--json").json["queues"][2]["letters"]
    assert "ConnectionError" in letter["reason"] or "no way out" in letter["reason"]
    assert dying_shop.units(order) == {"waiting": 2}
    world.engine.before.remove(hook)
    assert tool("redrive", name, *WHY).code == 0
    dying_shop.settle()
    assert dying_shop.units(order) == {"released": 2}
    assert tool("redrive", name, *WHY).code == 1


def test_the_work_of_a_lost_stream_record_comes_back_as_the_runbook_says(dying_shop: Shop, tool: Tool) -> None:
    world, hook = dying_shop.world, broken(dying_shop.world, "fan-out-changes")
    order = dying_shop.order("1", ("A", 2))
    dying_shop.days(0.3)
    queue = queue_of(tool("list", "--json").json, "fan-out-changes-dead")
    assert queue["count"] > 0
    told = tool("explain", queue["letters"][0]["message_id"], "--json").json
    assert told["body"]["DDBStreamBatchInfo"]["batchSize"] > 0
    assert "RetryAttemptsExhausted" in told["reason"]
    assert "no way out" in told["reason"]
    assert told["trace_id"] == told["body"]["requestContext"]["requestId"]
    assert told["attempts"] == told["body"]["requestContext"]["approximateInvokeCount"] > 5
    assert "aws dynamodbstreams get-records" in " ".join(told["todo"])
    refused = tool("redrive", "fan-out-changes-dead", *WHY)
    assert (refused.code, refused.out) == (1, "")
    assert "nothing leads back" in refused.err
    world.engine.before.remove(hook)
    dying_shop.days(3)
    mailed = ["accepted", "purchase_order"]
    assert told_once(dying_shop) == mailed, "the chaser has counted the demand and told the customer"
    world.send("notify-customers", json.dumps({"backorder": order["backorder_id"][-16:]}))
    dying_shop.days(1)
    assert told_once(dying_shop) == mailed
    assert dying_shop.violations() == []


def told_once(shop: Shop) -> list[str]:
    """What was mailed, but for the supplier who is reminded again and again."""
    return sorted(kind for kind in shop.mails() if kind != "supplier_reminder")


def test_a_lost_hourly_run_is_explained_and_the_next_one_does_its_work(dying_shop: Shop, tool: Tool) -> None:
    dying_shop.order("1", ("A", 2))
    dying_shop.settle()
    hook = broken(dying_shop.world, "plan-purchase-orders")
    dying_shop.days(1)
    queue = queue_of(tool("list", "--json").json, "schedules-dead")
    told = tool("explain", queue["letters"][0]["message_id"], "--json").json
    assert told["reason"] == "RetriesExhausted: no way out"
    assert (told["attempts"], told["source"]) == (3, None)
    assert "backorders-plan-purchase-orders" in told["todo"][1]
    assert tool("redrive", "schedules-dead", *WHY).code == 1
    assert "purchase_order" not in dying_shop.mails()
    dying_shop.world.engine.before.remove(hook)
    dying_shop.days(1)
    assert "purchase_order" in dying_shop.mails()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explain", "nothing"), "no dead letter nothing"),
        (("redrive", "nothing", *WHY), "no dead-letter queue nothing; there are record-backorders-dead"),
        (("redrive", "tally-demand", *WHY), "tally-demand-dead is empty"),
    ],
)
def test_what_is_not_there_ends_with_1(tool: Tool, arguments: tuple[str, ...], said: str) -> None:
    done = tool(*arguments)
    assert (done.code, done.out) == (1, "")
    assert said in done.err


def test_a_letter_that_lies_elsewhere_ends_with_1_and_nothing_moves(dying_shop: Shop, tool: Tool) -> None:
    (first,) = poisoned(dying_shop, "not json")
    done = tool("redrive", "tally-demand", "--only", first, "--only", "another", *WHY)
    assert (done.code, done.err.strip()) == (1, "dead-letters: not on tally-demand-dead: another")
    assert [letter["message_id"] for letter in dying_shop.dead_letters()] == [first]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("drop",),
        ("explain",),
        ("redrive",),
        ("redrive", "tally-demand"),
        ("redrive", "tally-demand", "--reason", " "),
        ("redrive", "tally-demand", "--reason", "two\nlines"),
        ("redrive", "tally-demand", "--reason", "x" * 201),
        ("redrive", "tally-demand", "--rate", "0", *WHY),
        ("redrive", "tally-demand", "--rate", "501", *WHY),
        ("list", "--show", "none"),
        ("list", "--local", "http://192.0.2.1:8080"),
        ("list", "--local", "https://127.0.0.1:8080"),
        ("list", "--region", "eu-north-1"),
        ("list", "--local", "http://127.0.0.1:8080", "--stack", "Backorders"),
    ],
)
def test_arguments_that_make_no_sense_end_with_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(arguments)) == 2
    printed = capsys.readouterr()
    assert "dead-letters" in printed.err
    assert printed.out == ""


def test_a_service_that_does_not_run_ends_with_1_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--local", "http://127.0.0.1:9"]) == 1
    assert "is `make run` running?" in capsys.readouterr().err


def test_the_address_of_the_environment_is_asked_and_an_account_is_named_by_its_stack(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever works on an account must not read that all is well on his own machine."""
    monkeypatch.setenv("BACKORDERS_URL", "http://127.0.0.1:9")
    assert main(["list"]) == 1
    assert "http://127.0.0.1:9" in capsys.readouterr().err
    monkeypatch.setenv("BACKORDERS_URL", "https://abc123.execute-api.eu-west-1.amazonaws.com")
    assert main(["list"]) == 2
    assert "an account has --stack" in capsys.readouterr().err
