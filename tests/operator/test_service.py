"""How the operator's tools get a token, and how they repeat what the service had no time for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from infra.operator.service import Refused, Trouble, connect


@dataclass
class Far:
    """A service elsewhere: what it was asked, and what it answers next."""

    url: str = ""
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[Far]:
    for name in ("TOKEN", "CLIENT_ID", "CLIENT_SECRET", "TOKEN_URL"):
        monkeypatch.delenv(name, raising=False)
    known = Far()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            known.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, text))
            status, headers, body = known.answers.pop(0)
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in ({"content-length": str(len(data))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    known.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


def test_client_credentials_become_a_token_for_operations(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CLIENT_ID", "ops"), ("CLIENT_SECRET", "s3"), ("TOKEN_URL", f"{far.url}/oauth2/token")):
        monkeypatch.setenv(name, value)
    far.answers = [(200, {}, {"access_token": "t1"}), (200, {}, {"done": True})]
    assert connect(far.url).ask("POST", "/v1/audits", {"sku": "A"}) == {"done": True}
    (path, headers, form), (_, asked, _) = far.asked
    assert (path, headers["authorization"]) == ("/oauth2/token", "Basic b3BzOnMz")
    assert form == "grant_type=client_credentials&scope=backorders%2Foperations"
    assert asked["authorization"] == "Bearer t1"


def test_a_refused_client_is_said_so(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CLIENT_ID", "ops"), ("CLIENT_SECRET", "s3"), ("TOKEN_URL", far.url)):
        monkeypatch.setenv(name, value)
    far.answers = [(400, {}, {"error": "invalid_client"})]
    with pytest.raises(Trouble, match="invalid_client"):
        connect(far.url)


def test_half_of_the_credentials_is_none(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_ID", "ops")
    with pytest.raises(Trouble, match="belong together"):
        connect(far.url)


def test_a_token_never_leaves_in_the_clear(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t1")
    with pytest.raises(Trouble, match="https"):
        connect("http://api.shop.example")
    monkeypatch.delenv("TOKEN")
    for name, value in (("CLIENT_ID", "ops"), ("CLIENT_SECRET", "s3"), ("TOKEN_URL", "http://auth.shop.example")):
        monkeypatch.setenv(name, value)
    with pytest.raises(Trouble, match="https"):
        connect(far.url)


def test_what_the_service_had_no_time_for_is_repeated_under_the_same_key(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "t1")
    again = {"retry-after": "0"}
    far.answers = [(503, again, {}), (409, again, {}), (200, {}, {"done": True})]
    assert connect(far.url).ask("POST", "/v1/repairs", {}) == {"done": True}
    assert len({headers["idempotency-key"] for _, headers, _ in far.asked}) == 1


def test_a_conflict_is_told_and_not_repeated(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "t1")
    problem = {"detail": "no", "errors": [{"pointer": "/sku", "detail": "is gone"}]}
    far.answers = [(409, {}, problem)]
    with pytest.raises(Refused, match="no; /sku is gone"):
        connect(far.url).ask("POST", "/v1/repairs", {})
    assert len(far.asked) == 1
