"""`python -m tests.releases 2`: freezes release 2 as this code writes it, from the shops of the flow tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path

from tests.releases import probes
from tests.releases.recorder import VARIABLE
from tests.releases.revived import FOLDER
from tests.releases.shape import facets, fewest

_WRITTEN_BY = (
    "tests/flow",
    "tests/releases/test_rare_shops.py",
    "-m",
    "not long",
    "-q",
    "-p",
    "tests.releases.recorder",
)
_NOT_BY = ("test_races.py", "test_crashes.py", "test_meetings.py")
"""The same shops hundreds of times over, for what they do and not for what they write."""


def main() -> None:
    """Record, choose, ask for tokens, write."""
    parser = ArgumentParser(prog="python -m tests.releases", description="Freeze what a release writes.")
    parser.add_argument("release", type=int, help="its number: one more than the last one frozen")
    parser.add_argument("--candidates", type=Path, help="what an earlier run of the tests left, instead of a new one")
    given = parser.parse_args()
    if (FOLDER / str(given.release)).exists():
        parser.error(f"release {given.release} is frozen already: what it wrote does not change")
    with tempfile.TemporaryDirectory() as folder:
        candidates = given.candidates or _recorded(Path(folder) / "candidates.jsonl")
        freeze(FOLDER / str(given.release), candidates)


def freeze(release: Path, candidates: Path) -> None:
    """Write the fewest shops that show everything, each with the tokens it gives out."""
    lines = sorted(set(candidates.read_text(encoding="utf-8").splitlines()))
    chosen = fewest((frozenset(facets(json.loads(line))), len(line)) for line in lines)
    release.mkdir(parents=True)
    for n, which in enumerate(chosen, 1):
        shop = json.loads(lines[which])
        shop |= probes.tokens(shop)
        text = json.dumps(shop, ensure_ascii=False, separators=(",", ":"))
        (release / f"{n:02d}.json").write_text(text + "\n", encoding="utf-8")
    shown = Counter(facet[0] for facet in frozenset().union(*(facets(json.loads(lines[n])) for n in chosen)))
    print(f"{len(chosen)} of {len(lines)} shops in {release}: {dict(shown)}")


def _recorded(out: Path) -> Path:
    command = [sys.executable, "-m", "pytest", *_WRITTEN_BY, *(f"--ignore=tests/flow/{name}" for name in _NOT_BY)]
    subprocess.run(command, check=True, env=os.environ | {VARIABLE: str(out)})
    return out


if __name__ == "__main__":
    main()
