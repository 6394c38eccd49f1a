"""`python -m tests.crashes`: every single fault of every story, every pair of the doors that move units.

Exit code 1 if anything ended wrong; every wrong one prints the command that plays it again. `--write` keeps the result
for the documents (of the stories that were played), `--stale` plays only those whose calls are other ones by now,
`--story NAME --at "FUNCTION N KIND"` (once or twice) plays one run again.
"""

from __future__ import annotations

import argparse
import gc
import json
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from infra.local.world import World
from tests.crashes import record, report
from tests.crashes.explore import Replay, Story, clean_run, explore
from tests.crashes.stories import CHOSEN, MOVERS, TOO_LONG_FOR_PAIRS, stories_of
from tests.flow.conftest import Shop, warm_up
from tests.simulation import pool


def main() -> int:
    """Run what the arguments name."""
    given = _arguments()
    pool.prepare()
    if given.at:
        return _again(given)
    began, done = time.monotonic(), []
    for of_story in _all(given):
        done += of_story
        if given.write:
            report.keep(report.result(of_story), _names())
        for task in of_story:
            told = f"{time.monotonic() - began:5.0f} s  {task['scene']}: {task['story']}, {task['what']}"
            print(f"{told}: {task['faults']:,} runs, {len(task['wrong'])} wrong", file=sys.stderr, flush=True)
    found = report.result(done)
    print(json.dumps(found) if given.json else "\n".join([*_failures(done), _said(done)]))
    return int(report.failures(found) > 0)


def _names() -> list[str]:
    return [f"{scene}: {name}" for scene, names in CHOSEN.items() for name in names]


def _said(done: list[dict[str, Any]]) -> str:
    runs, wrong = sum(task["faults"] for task in done), sum(len(task["wrong"]) for task in done)
    return f"{len({task['story'] for task in done})} stories, {runs:,} runs, {wrong} ended wrong"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crashes")
    parser.add_argument("--story", action="append", help="only this one (may be given several times)")
    parser.add_argument("--scene", help="only the stories of this one")
    parser.add_argument("--stale", action="store_true", help="only stories with other calls than the kept result has")
    parser.add_argument("--only", choices=("singles", "pairs"), help="only single faults, or only pairs")
    parser.add_argument("--at", action="append", metavar="'FUNCTION N KIND'", help="a fault to play again")
    parser.add_argument("--workers", type=int, default=None, help="processes at once; one per core if left out")
    parser.add_argument("--json", action="store_true", help="the whole result as JSON instead of progress and failures")
    parser.add_argument("--write", action="store_true", help="keep the result in docs/crashes.json")
    return parser.parse_args()


def _all(given: argparse.Namespace) -> Iterator[list[dict[str, Any]]]:

    for scene in [given.scene] if given.scene else CHOSEN:
        yield from _of_scene(scene, given)


def _of_scene(scene: str, given: argparse.Namespace) -> Iterator[list[dict[str, Any]]]:
    """Story by story: what its tasks found."""
    if given.story and not set(given.story) & set(CHOSEN[scene]):
        return
    warm_up()
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        stories = [story for story in stories_of(scene, shop) if not given.story or story.name in given.story]
        stories = [story for story in stories if not given.stale or _is_stale(shop, story)]
        gc.collect()
        gc.freeze()  # forks share what was there before them
        for story in stories:
            tasks = [partial(_task, shop, story, only) for only in _struck(story.name, given)]
            yield list(pool.forked(tasks, given.workers))


def _is_stale(shop: Shop, story: Story) -> bool:
    """Whether the handlers make other calls than those of the kept result."""
    kept = report.kept().get(f"{story.scene}: {story.name}")
    calls = pool.one(partial(clean_run, shop, story)).calls
    return kept is None or set(record.rows_of(calls)) != kept["rows"].keys()


def _struck(story: str, given: argparse.Namespace) -> Iterator[str | None]:
    """None for single faults in any function, then the functions in which pairs are played: what takes an hour only
    for a story that was asked for by its name."""
    if given.only != "pairs":
        yield None
    if given.only != "singles":
        named = bool(given.story) and story in given.story
        yield from (function for function in MOVERS if named or (story, function) not in TOO_LONG_FOR_PAIRS)


def _task(shop: Shop, story: Story, only: str | None) -> dict[str, Any]:
    """All single faults of a story, or all pairs of one function in it."""

    clean = pool.one(partial(clean_run, shop, story))
    with tempfile.TemporaryDirectory() as directory:
        ends = pool.one(partial(explore, shop, story, clean, Path(directory), 1 if only is None else 2, only))
    ends = list(record.resolved(ends))
    told: dict[str, Any] = {
        "scene": story.scene,
        "story": story.name,
        "what": "single faults" if only is None else f"pairs in {only}",
        "function": only,
        "calls": clean.calls,
        "faults": len(ends),
        "ends": sum(not end.equal for end in ends),
        "wrong": [asdict(end) for end in ends if end.wrong],
    }
    # `wrong` of the pairs is a list here, too: every one of them can be played again.
    return ({"cells": record.cells(ends)} if only is None else record.pairs(ends, clean, only)) | told


def _failures(done: list[dict[str, Any]]) -> Iterator[str]:
    for task in done:
        for end in task["wrong"]:
            at = " ".join(f"--at {shlex.quote(' '.join(map(str, fault)))}" for fault in end["faults"])
            yield f"python -m tests.crashes --story {shlex.quote(task['story'])} {at}"
            yield from (f"    {line}" for line in [", then ".join(end["touched"]), *end["wrong"][:5]])


def _again(given: argparse.Namespace) -> int:

    (scene,) = (scene for scene, names in CHOSEN.items() if given.story[0] in names)
    warm_up()
    with World.boot() as world:
        shop = Shop(world)
        shop.supplier()
        (story,) = (story for story in stories_of(scene, shop) if story.name == given.story[0])
        clean = pool.one(partial(clean_run, shop, story))
        faults: list[Any] = [(name, int(n), " ".join(kind)) for name, n, *kind in map(str.split, given.at)]
        replay = Replay(shop, story, clean, faults)
        replay.play()
    print(json.dumps(asdict(replay.end), indent=1))
    return int(bool(replay.end.wrong))


if __name__ == "__main__":
    sys.exit(main())
