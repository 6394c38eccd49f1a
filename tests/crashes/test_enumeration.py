"""A share of `make crashes`, and proof that its kept result is of the code as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.local.world import World
from tests.crashes import record, report
from tests.crashes.explore import Clean, End, Replay, Story, clean_run, explore
from tests.crashes.labels import label
from tests.crashes.stories import CHOSEN, stories_of
from tests.flow.conftest import Shop, warm_up
from tests.simulation import pool

pytestmark = pytest.mark.slow

# Short stories in which all of allocating, releasing, recording and the chaser's and the audit's work happens.
SINGLES = ("recall r", "ship r", "repair", "bulk refused")
PAIRS = (("pick r", "release-orders"), ("bulk refused", "record-backorders"), ("lost A", "api"))


@pytest.fixture(scope="module", params=CHOSEN)
def scene(request: pytest.FixtureRequest) -> Iterator[tuple[Shop, dict[str, Story]]]:
    warm_up()
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        yield shop, {story.name: story for story in stories_of(request.param, shop)}


def ends_of(shop: Shop, story: Story, directory: Path, depth: int, only: str | None) -> list[Any]:
    directory.mkdir()
    clean = pool.one(partial(clean_run, shop, story))
    return list(record.resolved(pool.one(partial(explore, shop, story, clean, directory, depth, only))))


def replayed(shop: Shop, story: Story, clean: Clean, faults: Any) -> End:
    replay = Replay(shop, story, clean, faults)
    replay.play()
    return replay.end


def test_the_kept_result_has_the_calls_that_the_handlers_make_today(scene: tuple[Shop, dict[str, Story]]) -> None:
    """If this fails, a handler makes other calls than before: `make crashes ARGS="--stale --write"`."""
    shop, stories = scene
    kept = report.kept()
    for story in stories.values():
        told = kept.get(f"{story.scene}: {story.name}")
        if told is None:
            continue  # chosen since, and not played in full yet: the page says so
        clean = pool.one(partial(clean_run, shop, story))
        assert sorted(set(record.rows_of(clean.calls))) == sorted(told["rows"]), story.name
        assert told["wrong"] == 0


def test_the_kept_result_has_no_story_and_no_function_that_is_gone() -> None:
    kept = report.kept()
    assert kept.keys() <= {f"{scene}: {name}" for scene, names in CHOSEN.items() for name in names}
    handlers = {row.partition(":")[0] for story in kept.values() for row in story["rows"]}
    folders = {path.parent.name for path in (report.RESULT.parents[1] / "functions").glob("*/handler.py")}
    if not kept:
        pytest.skip("no result is kept: make crashes ARGS=--write")
    assert handlers <= folders


def test_whatever_single_call_fails_the_end_is_that_of_the_clean_run(
    scene: tuple[Shop, dict[str, Story]], tmp_path: Path
) -> None:
    shop, stories = scene
    for name in stories.keys() & set(SINGLES):
        ends = ends_of(shop, stories[name], tmp_path / name, 1, None)
        assert len(ends) > 10
        assert [end for end in ends if end.wrong] == []


def test_whatever_two_calls_fail_the_end_is_that_of_the_clean_run_also_where_it_was_not_played_to_it(
    scene: tuple[Shop, dict[str, Story]], tmp_path: Path
) -> None:
    """A sample of the pairs that were cut short, because another run had been in that state, is played in one piece."""
    shop, stories = scene
    for name, function in (pair for pair in PAIRS if pair[0] in stories):
        story = stories[name]
        ends = ends_of(shop, story, tmp_path / name, 2, function)
        assert {len(end.faults) for end in ends} == {1, 2}
        assert [end for end in ends if end.wrong] == []
        short = [end for end in ends if end.equal and len(end.faults) == 2][:: max(1, len(ends) // 6)]
        assert short
        clean = pool.one(partial(clean_run, shop, story))
        for end in short:
            alone = pool.one(partial(replayed, shop, story, clean, end.faults))
            assert (alone.wrong, alone.took, alone.unknown) == (end.wrong, end.took, end.unknown), end.faults


def test_a_wrong_end_is_noticed(scene: tuple[Shop, dict[str, Story]], tmp_path: Path) -> None:
    """The same story, judged by the end of a run in which something else was found."""
    shop, stories = scene
    if "recall r" not in stories:
        return
    story = stories["recall r"]
    clean = pool.one(partial(clean_run, shop, story))
    clean.state["stock D"] = {"free": 99}
    ends = list(record.resolved(pool.one(partial(explore, shop, story, clean, tmp_path, 1, None))))
    assert all("stock D" in json.dumps(end.wrong) for end in ends)


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("GetItem", {"TableName": "t", "Key": {"pk": {"S": "B#x"}, "sk": {"S": "HEAD"}}}, "GetItem order"),
        ("SendMessageBatch", {"QueueUrl": "https://x/1/allocate-stock.fifo"}, "SendMessageBatch allocate-stock.fifo"),
        ("PutEvents", {"Entries": []}, "PutEvents"),
    ],
)
def test_a_call_is_named_by_what_it_touches(operation: str, params: dict[str, Any], expected: str) -> None:
    assert label(operation, params) == expected


def test_the_command_plays_a_story() -> None:
    """It makes time virtual before it imports a handler, which no test in here has to."""
    command = [sys.executable, "-m", "tests.crashes", "--story", "repair", "--only", "singles", "--workers", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    assert "1 stories" in done.stdout
    assert "0 ended wrong" in done.stdout
