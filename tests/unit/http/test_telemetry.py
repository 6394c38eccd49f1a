from __future__ import annotations

import ast
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.kernel import clock
from shared.kernel.errors import Invalid
from shared.runtime import telemetry
from shared.runtime.metric_names import METRICS, VALUES, Metric

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "telemetry-test")
    monkeypatch.setattr(clock, "_source", lambda: AT)


def lines(capsys: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def run(body: Any, event: Any = None) -> Any:
    @telemetry.entry
    def handler(event: dict[str, Any], context: Any) -> Any:
        return body()

    return handler(event or {}, None)


def test_a_log_line_has_an_event_its_fields_and_the_gateways_request_id(capsys: Any) -> None:
    run(lambda: telemetry.log("order_recorded", lines=3), {"requestContext": {"requestId": "abc="}})
    (line,) = lines(capsys)
    assert (line["message"], line["lines"], line["correlation_id"]) == ("order_recorded", 3, "abc=")
    assert line["service"] == "telemetry-test"


def test_a_field_that_may_be_personal_is_dropped_and_its_name_noted(capsys: Any) -> None:
    run(lambda: telemetry.log("order_recorded", email="jane@example.com", sku="A"))
    (line,) = lines(capsys)
    assert line["dropped"] == ["email"]
    assert "jane" not in json.dumps(line)


def test_a_circle_of_causes_is_followed_a_few_times_only(capsys: Any) -> None:
    first, second = KeyError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    telemetry.failure("record_failed", first)
    (line,) = lines(capsys)
    assert line["caused_by"]["error"] == "ValueError"
    assert json.dumps(line).count("caused_by") == 5


def test_an_error_is_logged_by_kind_place_and_code_but_not_by_its_text(capsys: Any) -> None:
    def fail() -> None:
        try:
            raise ValueError("jane@example.com")
        except ValueError as error:
            raise Invalid.at("/customer/email", "jane@example.com") from error

    with pytest.raises(Invalid):
        run(fail)
    (line,) = lines(capsys)
    assert (line["error"], line["error_code"], line["error_pointers"]) == ("Invalid", "invalid", ["/customer/email"])
    assert line["caused_by"]["error"] == "ValueError"
    assert line["frames"][-1].endswith("fail")
    assert "jane" not in json.dumps(line)


def test_metrics_are_written_once_at_the_end_at_the_services_own_time(capsys: Any) -> None:
    def work() -> None:
        telemetry.count("UnitsReleased")
        telemetry.count("UnitsReleased", 2)

    run(work)
    (metrics,) = lines(capsys)
    assert metrics["UnitsReleased"] == [1.0, 2.0]
    assert metrics["_aws"]["Timestamp"] == clock.micros(AT) // 1000
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Backorders"
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stage", "service"]]
    assert metrics["service"] == "telemetry-test"


def test_an_invocation_that_counts_nothing_writes_no_metrics(capsys: Any) -> None:
    run(lambda: telemetry.count("UnitsReleased", 0))
    assert lines(capsys) == []


def test_metrics_of_an_invocation_that_fails_are_written_too(capsys: Any) -> None:
    def work() -> None:
        telemetry.count("UnitsReleased")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(work)
    assert lines(capsys)[-1]["UnitsReleased"] == [1.0]


def test_functions_of_one_process_do_not_mix_their_metrics(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run(lambda: telemetry.count("UnitsReleased"))
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "another-test")
    run(lambda: telemetry.count("UnitsShipped"))
    first, second = lines(capsys)
    assert (first["service"], second["service"]) == ("telemetry-test", "another-test")
    assert "UnitsReleased" not in second


def test_what_is_told_apart_goes_into_documents_of_their_own(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METRICS, "Parcels", Metric("Count", "told apart for this test", by="channel"))
    monkeypatch.setitem(VALUES, "channel", ("http", "queue"))

    def work() -> None:
        telemetry.count("Parcels", channel="http")
        telemetry.count("Parcels", 3, channel="queue")
        telemetry.count("UnitsReleased")

    run(work)
    run(lambda: telemetry.count("UnitsReleased"))
    told = [line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for line in lines(capsys)]
    apart, alone = [["stage", "channel", "service"]], [["stage", "service"]]
    assert told == [apart, apart, alone, alone]


@pytest.mark.parametrize("by", [{}, {"sku": "A"}, {"channel": "fax"}, {"channel": "http", "reason": "x"}])
def test_nothing_else_becomes_a_dimension(monkeypatch: pytest.MonkeyPatch, by: dict[str, str]) -> None:
    monkeypatch.setitem(METRICS, "Parcels", Metric("Count", "told apart for this test", by="channel"))
    monkeypatch.setitem(VALUES, "channel", ("http", "queue"))
    with pytest.raises(ValueError, match="Parcels is told apart by channel"):
        telemetry.count("Parcels", **by)


def test_what_is_said_of_a_level_is_written_though_it_is_nothing(capsys: Any) -> None:
    run(lambda: telemetry.level("InvariantViolations", 0))
    (metrics,) = lines(capsys)
    assert metrics["InvariantViolations"] == [0.0]


def test_a_metric_without_a_meaning_cannot_be_counted() -> None:
    with pytest.raises(KeyError):
        telemetry.count("SomethingElse")


def telemetry_calls() -> list[tuple[str, ast.Call]]:
    found = []
    for folder in ("functions", "shared"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    owner = node.func.value
                    if isinstance(owner, ast.Name) and owner.id == "telemetry":
                        found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node))
    return found


def test_every_field_logged_anywhere_is_on_the_list() -> None:
    calls = [(w, c) for w, c in telemetry_calls() if c.func.attr in {"log", "warn", "failure"}]  # type: ignore[attr-defined]
    assert calls
    named = [(where, keyword.arg) for where, call in calls for keyword in call.keywords]
    assert [(where, name) for where, name in named if name not in telemetry.FIELDS] == []


def test_every_metric_counted_anywhere_has_a_meaning() -> None:
    calls = [(w, c) for w, c in telemetry_calls() if c.func.attr in {"count", "level"}]  # type: ignore[attr-defined]
    assert calls
    names = [(where, call.args[0].value) for where, call in calls if isinstance(call.args[0], ast.Constant)]
    assert [(where, name) for where, name in names if name not in METRICS] == []
