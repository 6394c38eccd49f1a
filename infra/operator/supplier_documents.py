"""Hand in suppliers' files: `python -m infra.operator.supplier_documents [--dry-run] [--json] FILE...`.

CSV (the table of a purchase order's mail, filled in) or UBL 2.1 XML; one request per file, so that a wrong one stops no
other. The token comes from the environment (see `service`). A file may be handed in
again: it is done once. Exit code 0: all were taken; 1: some were not, with what is wrong by row; 2: wrong arguments.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from infra.operator.output import show
from infra.operator.service import HERE, Service, Trouble, connect, reasons


def main(arguments: list[str]) -> int:
    """Hand in every file; returns the exit code."""
    parser = arguments_parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)
    try:
        service = connect(options.url)
        done = []
        for path in options.files:
            done.append(_hand_in(path, service, dry_run=options.dry_run))
            if not options.json:
                _tell(done[-1])
        if options.json:
            show(json.dumps([asdict(one) for one in done], ensure_ascii=False, indent=2))
        return 0 if all(one.taken for one in done) else 1
    except Trouble as trouble:
        print(f"{parser.prog}: {trouble}", file=sys.stderr)
        return 2


def arguments_parser() -> argparse.ArgumentParser:
    """What can be written on the command line."""
    parser = argparse.ArgumentParser(prog="supplier-documents", description="Hand in suppliers' files.")
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="CSV or UBL 2.1 XML")
    url = os.environ.get("BACKORDERS_URL") or HERE
    parser.add_argument("--url", default=url, help=f"address of the API ({url}; BACKORDERS_URL=)")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


@dataclass(frozen=True)
class _Done:
    """What became of a file: the orders it speaks of, as the service answers them, or what is wrong with it."""

    file: str
    taken: bool
    dry_run: bool
    orders: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def _hand_in(path: Path, service: Service, *, dry_run: bool) -> _Done:
    try:
        data = path.read_bytes()
    except OSError as error:
        return _Done(str(path), False, dry_run, wrong=[f"cannot be read: {error.strerror}"])
    xml = data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    headers = {
        "Content-Type": "application/xml" if xml else "text/csv",
        "Idempotency-Key": hashlib.sha256(data + bytes([dry_run])).hexdigest(),
    }
    query = "?dry_run=true" if dry_run else ""
    reply = service.send("POST", f"/v1/supplier-documents{query}", data, headers)
    if not reply.good:
        return _Done(str(path), False, dry_run, wrong=list(reasons(reply.status, reply.body)))
    return _Done(str(path), True, reply.body["dry_run"], reply.body["orders"])


def _tell(done: _Done) -> None:
    would = "would speak" if done.dry_run else "speaks"
    for order in done.orders:
        which = f"{order['lines']} line(s) of {order['purchase_order_id']}, which is {order['status']}"
        print(f"{done.file}: {would} of {which}")
    for line in done.wrong:
        print(f"{done.file}: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
