"""One POST to a public address. The local runner puts its own receivers in the place of the network."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol
from urllib.parse import urlsplit

from shared.webhooks.addresses import is_public

_PORT = 443
_CONNECT_SECONDS = 3
_TOTAL_SECONDS = 8


class Network(Protocol):
    """Names to addresses, and a request to one of them. Both raise OSError or HTTPException when it does not work."""

    def resolve(self, host: str) -> Sequence[str]: ...

    def send(self, address: str, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int: ...


class Internet:
    """The real one. TLS, certificate checked against the host's name; no redirects; the answer's body is not read."""

    def resolve(self, host: str) -> Sequence[str]:
        found = socket.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
        unique = dict.fromkeys(str(entry[4][0]) for entry in found)
        return sorted(unique, key=lambda address: ":" in address)  # IPv4 first: a function outside a VPC has no IPv6

    def send(self, address: str, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int:
        connection = _Pinned(host, address)
        try:
            with _cut_off(connection):
                connection.request("POST", target, body=body, headers=dict(headers))
                return connection.getresponse().status
        finally:
            connection.close()


class _Pinned(http.client.HTTPSConnection):
    """To the address that was judged: resolving the name once more could lead elsewhere (DNS rebinding)."""

    def __init__(self, host: str, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, _PORT, timeout=_TOTAL_SECONDS, context=self._tls)
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), _CONNECT_SECONDS)
        try:
            sock = self._tls.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
        except BaseException:
            raw.close()
            raise
        self.sock = sock
        sock.settimeout(_TOTAL_SECONDS)
        sock.do_handshake()


@contextmanager
def _cut_off(connection: http.client.HTTPConnection) -> Iterator[None]:
    """A timeout of a socket begins anew with every byte; this one does not. Raises TimeoutError: headers that
    were cut off look whole to whoever reads them."""
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        if isinstance(connection.sock, socket.socket):
            with suppress(OSError):  # closed already, which is all that was wanted
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)  # TLS's own would race with whoever reads

    timer = threading.Timer(_TOTAL_SECONDS, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError


_network: Network = Internet()


def post(url: str, headers: Mapping[str, str], body: bytes) -> int | None:
    """The status of the answer, whatever it is; None if there was none, or if the host has any address that is not
    public. Names change after they were checked, so each request judges anew what it is about to connect to."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    try:
        addresses = _network.resolve(host)
        if not addresses or not all(map(is_public, addresses)):
            return None
        return _network.send(addresses[0], host, target, headers, body)
    except (OSError, http.client.HTTPException, UnicodeError):
        return None


def replace_network(network: Network | None) -> None:
    """Send through `network` instead; None is the real one (local runner, tests)."""
    global _network
    _network = network or Internet()
