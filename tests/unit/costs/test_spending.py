from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared.aws import counting
from shared.costs.prices import prices
from shared.runtime import spending, telemetry
from shared.runtime.metric_names import COST

REGION = "us-east-1"
EACH = prices(REGION).each


@dataclass
class Context:
    left: int = 10_000
    memory_limit_in_mb: str = "512"

    def get_remaining_time_in_millis(self) -> int:
        return self.left


@pytest.fixture(autouse=True)
def cold() -> Iterator[None]:
    spending.start_cold()
    yield
    spending.start_cold()


def batch(messages: int, queue: str = "allocate-stock.fifo") -> dict[str, Any]:
    arn = f"arn:aws:sqs:{REGION}:111122223333:{queue}"
    return {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": arn} for _ in range(messages)]}


def run(
    event: Any, *, lines: int = 0, took: int = 1, service: str = "allocate-stock", text: str = ""
) -> list[spending.Share]:
    """One invocation that lasts so many milliseconds and prints that much."""
    context = Context()
    spending.begin(service, REGION, event, context)
    spending.handled(lines)
    spending.printed(text)
    context.left -= took
    shares = spending.settle()
    spending.end()
    return shares


def cost(**amounts: float) -> float:
    return sum(EACH[name] * amount for name, amount in amounts.items())


def test_an_invocation_pays_for_its_request_its_time_and_fetching_and_deleting_its_batch() -> None:
    (share,) = run(batch(25), lines=4, took=200)
    spent = cost(invocations=1, gb_seconds=0.2 * 0.5, fifo_requests=2 * 3)
    assert share == ("allocate", pytest.approx(1000 * spent / 4, abs=1e-6), 4)


def test_less_than_a_millisecond_is_billed_as_one() -> None:
    assert run(batch(1), lines=1, took=0) == run(batch(1), lines=1, took=1)


def test_a_standard_queue_is_cheaper_than_one_in_order() -> None:
    (standard,), (in_order,) = run(batch(10, "allocate-stock"), lines=1), run(batch(10), lines=1)
    assert in_order.dollars - standard.dollars == pytest.approx(1000 * (cost(fifo_requests=2, queue_requests=-2)))


def test_what_is_printed_costs_its_bytes_and_26_for_each_line() -> None:
    (quiet,), (loud,) = run(batch(1), lines=1), run(batch(1), lines=1, text="12345\n" * 1000)
    assert loud.dollars - quiet.dollars == pytest.approx(1000 * cost(log_bytes=32_000), abs=2e-6)


def test_a_run_without_a_line_is_paid_for_by_the_next_that_has_one_and_only_once() -> None:
    (alone,) = run(batch(1), lines=1)
    assert run(batch(1)) == []
    assert run(batch(1)) == []
    (burdened,) = run(batch(1), lines=1)
    (after,) = run(batch(1), lines=1)
    assert burdened.dollars == pytest.approx(3 * alone.dollars, abs=2e-6)
    assert after == alone


def test_each_function_owes_for_itself() -> None:
    run(batch(1))
    (other,) = run(batch(1), lines=1, service="release-orders")
    (own,) = run(batch(1), lines=1)
    assert own.dollars == pytest.approx(2 * other.dollars, abs=2e-6)


def test_a_new_process_owes_nothing() -> None:
    (alone,) = run(batch(1), lines=1)
    run(batch(1))
    spending.start_cold()
    assert run(batch(1), lines=1) == [alone]


def test_the_samples_of_many_lines_are_told_a_hundred_at_a_time_and_none_is_lost() -> None:
    shares = run(batch(1), lines=1114)
    assert [share.lines for share in shares] == [100] * 11 + [14]
    assert len({share.dollars for share in shares}) == 1
    assert sum(share.lines * share.dollars for share in shares) / 1000 == pytest.approx(
        cost(invocations=1, gb_seconds=0.0005, fifo_requests=2), rel=0.01
    )


def test_a_request_that_is_no_step_is_nobodys() -> None:
    request = {"requestContext": {}, "routeKey": "GET /v1/backorders"}
    assert run(request, lines=1, service="api") == []
    (share,) = run(request | {"routeKey": "POST /v1/receipts"}, lines=1, service="api")
    assert share.dollars == pytest.approx(1000 * cost(api_requests=1, invocations=1, gb_seconds=0.0005), abs=1e-6)


def test_calls_of_an_invocation_that_is_nobodys_are_not_billed_to_the_next() -> None:
    (alone,) = run(batch(1), lines=1)
    spending.begin("publish-events", REGION, {}, Context())
    counting._add([("write_units", 1000)])
    assert spending.settle() == []
    assert run(batch(1), lines=1) == [alone]


def test_what_telling_of_the_costs_costs_is_paid_for_by_the_next_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "allocate-stock")
    monkeypatch.setenv("AWS_REGION", REGION)

    @telemetry.entry
    def handler(_event: dict[str, Any], _context: Any) -> None:
        telemetry.handled(1)

    handler(batch(1), Context())
    handler(batch(1), Context())
    first, second = capsys.readouterr().out.splitlines()
    rise = json.loads(second)[COST][0] - json.loads(first)[COST][0]
    assert rise == pytest.approx(1000 * cost(log_bytes=len(first) + 1 + 26), rel=0.01)
