"""`python -m tests.bench`: the benchmarks, as a table; `--write-units` writes docs/units.json instead.

With `BENCH_JSON=file` the figures also go to that file as JSON, and to standard output; the table then goes to standard
error. A name as argument runs only that benchmark.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import allocating, importing, life, planning, promising, recording, units
from tests.bench.figures import Figure, as_json, table

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "import": importing.benchmarks,
    "record": recording.benchmarks,
    "allocate": allocating.benchmarks,
    "plan": planning.benchmarks,
    "promise": promising.benchmarks,
    "life": life.benchmarks,
}


def main() -> None:
    """Run what the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="only these benchmarks")
    parser.add_argument("--write-units", action="store_true", help="count units and write docs/units.json")
    given = parser.parse_args()
    if given.write_units:
        units.write()
        return
    figures: list[Figure] = []
    for name in given.names or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        figures += BENCHMARKS[name]()
    target = os.environ.get("BENCH_JSON")
    if not target:
        print(table(figures))
        return
    text = json.dumps(as_json(figures), indent=2)
    Path(target).write_text(text + "\n", encoding="utf-8")
    print(table(figures), file=sys.stderr)
    print(text)


if __name__ == "__main__":
    main()
