"""Hand in suppliers' files: `python -m infra.operator.supplier_documents [--dry-run] FILE...`.

CSV (the table of a purchase order's mail, filled in) or UBL 2.1 XML; one request per file, so that a wrong one stops no
other. The token comes from the environment (see `service`). A file may be handed in
again: it is done once. Exit code 0: all were taken; 1: some were not, with what is wrong by row; 2: wrong arguments.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
        return max([_hand_in(path, service, dry_run=options.dry_run) for path in options.files])
    except Trouble as trouble:
        print(f"{parser.prog}: {trouble}", file=sys.stderr)
        return 2


def arguments_parser() -> argparse.ArgumentParser:
    """What can be written on the command line."""
    parser = argparse.ArgumentParser(prog="supplier-documents", description="Hand in suppliers' files.")
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="CSV or UBL 2.1 XML")
    parser.add_argument("--url", default=HERE, help="address of the API (a service on this machine)")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
    return parser


def _hand_in(path: Path, service: Service, *, dry_run: bool) -> int:
    try:
        data = path.read_bytes()
    except OSError as error:
        print(f"{path}: cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    xml = data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
    headers = {
        "Content-Type": "application/xml" if xml else "text/csv",
        "Idempotency-Key": hashlib.sha256(data + bytes([dry_run])).hexdigest(),
    }
    query = "?dry_run=true" if dry_run else ""
    reply = service.send("POST", f"/v1/supplier-documents{query}", data, headers)
    for line in _taken(reply.body) if reply.good else reasons(reply.status, reply.body):
        print(f"{path}: {line}", file=sys.stdout if reply.good else sys.stderr)
    return 0 if reply.good else 1


def _taken(answer: dict[str, Any]) -> Iterator[str]:
    would = "would speak" if answer["dry_run"] else "speaks"
    for order in answer["orders"]:
        yield f"{would} of {order['lines']} line(s) of {order['purchase_order_id']}, which is {order['status']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
