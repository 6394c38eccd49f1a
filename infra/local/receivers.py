"""Receivers of webhooks, in the place of the network: no request leaves this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.outgoing import network

Answer = Callable[["Received"], int]
_ANYWHERE = ("9.9.9.9",)  # a public address, as the service demands; nothing is ever sent there


@dataclass(frozen=True)
class Received:
    """One request as a receiver saw it; `status` is what it answered."""

    at: datetime
    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 0


def _taken(_request: Received) -> int:
    return 204


class Receivers:
    """Every host takes every webhook with a 204 until a test says otherwise: `answers` by host (raising OSError is
    not answering at all), `addresses` by host. `received` holds all requests, oldest first."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.received: list[Received] = []
        self.answers: dict[str, Answer] = {}
        self.addresses: dict[str, Sequence[str]] = {}

    def resolve(self, host: str) -> Sequence[str]:
        return self.addresses.get(host, _ANYWHERE)

    def send(self, address: str, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int:  # noqa: ARG002
        request = Received(self._now(), f"https://{host}{target}", headers, body)
        status = self.answers.get(host, _taken)(request)
        self.received.append(Received(request.at, request.url, headers, body, status))
        return status

    def install(self) -> None:
        """Take all webhooks of this process."""
        network.replace_network(self)

    @staticmethod
    def uninstall() -> None:
        """Give the service the network back."""
        network.replace_network(None)
