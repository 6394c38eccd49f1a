"""What the first screen says is left of error budgets, of what happened."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from infra.local.dashboards.figures import lines_of
from infra.local.metric_math import Window
from tests.incidents.scene import DAY, HOUR, START, Scene, template

pytestmark = pytest.mark.slow

END = START + 30 * DAY


def left(scene: Scene) -> dict[str, float | None]:
    """By service level what is left in per cent, None where there is nothing to judge by."""
    (board,) = [one for one in template().of_type("AWS::CloudWatch::Dashboard") if one.name == "Backorders-now"]
    widgets = json.loads(board.properties["DashboardBody"])["widgets"]
    (numbers,) = [one["properties"] for one in widgets if one["properties"].get("title") == "Error budget left, %"]
    lines = lines_of(numbers, scene.store, Window(START, END))
    return {line.label: None if line.last is None else round(line.last, 1) for line in lines}


def requests(scene: Scene, **counted: tuple[float, int]) -> None:
    """By metric of the gateway how many an hour for how many hours."""
    of = {"ApiId": scene.one("ApiGatewayV2::Api")}
    for name, (value, hours) in counted.items():
        metric = {"errors": "5xx"}.get(name, "Count")
        scene.told("AWS/ApiGateway", metric, of, lambda _, value=value: value, HOUR, hours)  # type: ignore[misc]


def test_half_of_the_errors_that_are_allowed_leave_half_of_the_budget() -> None:
    """10,000 requests may meet ten errors; what passed quickly and is long ago counts as much as what is new."""
    scene = Scene()
    requests(scene, count=(100, 100), errors=(1, 5))
    assert left(scene) == {
        "API availability": 50,
        "API latency": None,
        "promise made": None,
        "allocation": None,
        "mail truth": None,
        "promise kept": None,
    }


def test_reads_and_writes_use_up_one_budget_each_by_its_own_measure() -> None:
    """One request in a hundred may be slow: a read over 200 ms, a write over 500."""
    scene = Scene()
    scene.ours("TimeToRead", "api", 190, every=HOUR, times=149)
    scene.ours("TimeToRead", "api", 300, every=HOUR, times=1)
    scene.ours("TimeToWrite", "api", 300, every=HOUR, times=50)
    assert left(scene)["API latency"] == 50
    scene.ours("TimeToWrite", "api", 501, every=DAY, times=1)
    assert left(scene)["API latency"] == pytest.approx(0.5, abs=0.1)


def test_a_service_level_that_is_broken_has_less_than_nothing_left() -> None:
    """Of 1,000 mails one may end in doubt, of ten promises one may break: three do of each."""
    scene = Scene()
    scene.ours("TimeToNotify", "notify-customers", 10, every=timedelta(minutes=1), times=997)
    scene.ours("MailsUnanswered", "notify-customers", 1, every=DAY, times=3)
    scene.ours("PromisesKept", "allocate-stock", 7, every=DAY, times=1)
    scene.ours("PromisesOverdue", "notify-customers", 1, every=DAY, times=3)
    found = left(scene)
    assert (found["mail truth"], found["promise kept"]) == (-200, -200)


def test_lines_served_late_use_up_what_is_allowed_of_them() -> None:
    """One order of the queue in 200 may wait over five minutes, one allocation in a hundred over fifteen."""
    scene = Scene()
    for n in range(400):
        at = START + n * HOUR
        scene.ours("TimeToFirstPromise", "record-backorders", 301 if n == 7 else 2, every=HOUR, times=1, start=at)
        scene.ours("TimeToAllocate", "allocate-stock", 901 if n in (3, 300) else 2, every=HOUR, times=1, start=at)
    found = left(scene)
    assert (found["promise made"], found["allocation"]) == (50, 50)
