"""Check an exported table: `python -m infra.operator.check_dump FILE`. Needs nothing but Python and the file.

The file holds one item per line, gzipped or not: DynamoDB's export to S3 (`{"Item": {...}}`), the items of a scan in
wire form, or plain values. Exit code 0: every rule holds; 1: some do not; 2: not such a file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.audit.invariants import check_table


class _NoDumpError(Exception):
    pass


def _items(path: Path) -> Iterator[dict[str, Any]]:
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8") as lines:
        for n, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                read = json.loads(line)
            except ValueError:
                raise _NoDumpError(f"line {n} is not JSON") from None
            item = read.get("Item", read) if isinstance(read, dict) else None
            if not isinstance(item, dict) or not {"pk", "sk"} <= item.keys():
                raise _NoDumpError(f"line {n} is no item of the table")
            yield item


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.operator.check_dump", description="Check an exported table.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--unsettled", action="store_true", help="work was still on its way when it was exported")
    parser.add_argument("--json", action="store_true", help="violations as JSON")
    given = parser.parse_args(arguments)
    try:
        found = check_table(_items(given.file), settled=not given.unsettled)
    except (_NoDumpError, OSError, UnicodeDecodeError) as error:
        print(f"{given.file}: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps({"violations": found}))
    else:
        told = [f"{one['rule']} {one['where']}: {one['detail']}" for one in found]
        print(*told, f"{len(found)} violations", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
