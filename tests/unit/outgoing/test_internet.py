"""The real way out, to a TLS server of this machine that passes for a public one."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.outgoing import network

HOST = "shop.example.com"
BODY = b'{"a":1}'
Talk = Callable[[ssl.SSLSocket], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key for `HOST`, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def _request(sock: ssl.SSLSocket) -> bytes:
    """Headers and body, which may come apart: who hangs up over unread bytes takes the answer back."""
    heard = b""
    while not heard.endswith(BODY) and (more := sock.recv(65_536)):
        heard += more
    return heard


class Server:
    """Takes one connection after the other and lets `talk` answer."""

    def __init__(self, certificate: Path) -> None:
        self.heard: list[bytes] = []
        self.talk: Talk = lambda sock: sock.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            with raw, suppress(OSError), self._context.wrap_socket(raw, server_side=True) as sock:
                self.heard.append(_request(sock))
                self.talk(sock)

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    made = Server(certificate)
    monkeypatch.setattr(network, "_PORT", made.port)
    monkeypatch.setattr(network, "is_public", lambda _: True)
    monkeypatch.setattr(network.Internet, "resolve", lambda _self, _host: ["127.0.0.1"])
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(network.ssl, "create_default_context", lambda: trusting)
    yield made
    made.close()


def post(url: str = f"https://{HOST}/hooks?x=1") -> int | None:
    return network.post(url, {"webhook-id": "a", "content-type": "application/json"}, BODY)


def test_the_request_arrives_whole_under_the_hosts_own_name(server: Server) -> None:
    assert post() == 204
    heard = server.heard[0].decode()
    assert heard.startswith("POST /hooks?x=1 HTTP/1.1\r\n")
    assert f"\r\nHost: {HOST}" in heard
    assert "\r\nwebhook-id: a\r\n" in heard
    assert "\r\nContent-Length: 7\r\n" in heard


def test_a_redirect_is_an_answer_and_is_not_followed(server: Server) -> None:
    server.talk = lambda sock: sock.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n")
    assert post() == 302
    assert len(server.heard) == 1


def test_a_certificate_for_another_name_is_no_answer(server: Server) -> None:
    assert post("https://other.example.com/") is None
    assert server.heard == []


@pytest.mark.parametrize(
    "nonsense", [b"", b"HTTP/1.1 abc\r\n\r\n", b"\0" * 70_000, b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200]
)
def test_nonsense_is_no_answer(server: Server, nonsense: bytes) -> None:
    server.talk = lambda sock: sock.sendall(nonsense)
    assert post() is None


def test_a_receiver_that_answers_for_ever_is_cut_off(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_TOTAL_SECONDS", 0.3)
    hung_up = threading.Event()

    def drip(sock: ssl.SSLSocket) -> None:
        try:
            sock.sendall(b"HTTP/1.1 200 OK\r\nx: ")
            while not hung_up.wait(0.02):
                sock.sendall(b"y")
        except OSError:
            hung_up.set()

    server.talk = drip
    assert post() is None
    assert hung_up.wait(10)
