"""Hand in suppliers' files: `python -m infra.operator.supplier_documents [--dry-run] FILE...`.

CSV (the table of a purchase order's mail, filled in) or UBL 2.1 XML; one request per file, so that a wrong one stops no
other. The token comes from the environment (TOKEN); a service on this machine gives one itself. A file may be handed in
again: it is done once. Exit code 0: all were taken; 1: some were not, with what is wrong by row; 2: wrong arguments.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 60


class _Trouble(Exception):
    pass


@dataclass(frozen=True)
class _Service:
    url: SplitResult
    token: str

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.url.hostname or "", self.url.port, timeout=_SECONDS)
        given = headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        try:
            connection.request("POST", self.url.path.rstrip("/") + path, body, given)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _Trouble(f"{self.url.geturl()} does not answer as it should: {type(error).__name__}") from None
        finally:
            connection.close()


def main(arguments: list[str]) -> int:
    """Hand in every file; returns the exit code."""
    parser = argparse.ArgumentParser(prog="supplier-documents", description="Hand in suppliers' files.")
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="CSV or UBL 2.1 XML")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="address of the API (a service on this machine)")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stopped:
        return int(stopped.code or 0)
    try:
        service = _service(urlsplit(options.url))
        return max([_hand_in(path, service, dry_run=options.dry_run) for path in options.files])
    except _Trouble as trouble:
        print(f"{parser.prog}: {trouble}", file=sys.stderr)
        return 2


def _service(url: SplitResult) -> _Service:
    """A token goes over TLS only, or stays on this machine."""
    local = url.scheme == "http" and url.hostname in _LOOPBACK
    if url.scheme != "https" and not local:
        raise _Trouble("the address must begin with https://, or be this machine's")
    token = os.environ.get("TOKEN", "")
    if not token and local:
        body = json.dumps({"scopes": ["operations"]}).encode()
        _, answer = _Service(url, "").post("/_local/token", body, {"Content-Type": "application/json"})
        token = str(answer.get("token", ""))
    if not token:
        raise _Trouble("TOKEN must hold a token with the scope backorders/operations")
    return _Service(url, token)


def _hand_in(path: Path, service: _Service, *, dry_run: bool) -> int:
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
    status, answer = service.post(f"/v1/supplier-documents{query}", data, headers)
    good = status == http.client.OK
    for line in _taken(answer) if good else _refused(status, answer):
        print(f"{path}: {line}", file=sys.stdout if good else sys.stderr)
    return 0 if good else 1


def _taken(answer: dict[str, Any]) -> Iterator[str]:
    would = "would speak" if answer["dry_run"] else "speaks"
    for order in answer["orders"]:
        yield f"{would} of {order['lines']} line(s) of {order['purchase_order_id']}, which is {order['status']}"


def _refused(status: int, answer: dict[str, Any]) -> Iterator[str]:
    yield str(answer.get("detail") or answer.get("message") or f"refused with {status}")
    for error in answer.get("errors", []):
        row = f"row {error['row']}: " if "row" in error else ""
        yield f"{row}{error['pointer']} {error['detail']}".strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
