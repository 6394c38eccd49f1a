"""What leaves the service: to the address that was judged, for a bounded time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from shared.outgoing import network


class Wire:
    """A network that notes what is sent."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.sent: list[tuple[str, str, str]] = []

    def resolve(self, host: str) -> Sequence[str]:  # noqa: ARG002 - the interface of a network
        return self.addresses

    def send(self, address: str, host: str, target: str, headers: Mapping[str, str], body: bytes) -> int:  # noqa: ARG002
        self.sent.append((address, host, target))
        return 204


@pytest.fixture(autouse=True)
def real_network_afterwards() -> Iterator[None]:
    yield
    network.replace_network(None)


def test_the_request_goes_to_the_address_that_was_judged() -> None:
    wire = Wire("9.9.9.9", "2620:fe::fe")
    network.replace_network(wire)
    assert network.post("https://shop.example.com/a/b?c=d", {}, b"{}") == 204
    assert network.post("https://shop.example.com?c", {}, b"{}") == 204
    assert wire.sent == [("9.9.9.9", "shop.example.com", "/a/b?c=d"), ("9.9.9.9", "shop.example.com", "/?c")]


@pytest.mark.parametrize("addresses", [(), ("10.0.0.1",), ("9.9.9.9", "127.0.0.1"), ("::ffff:10.0.0.1",)])
def test_a_host_with_any_private_address_or_none_is_not_asked(addresses: tuple[str, ...]) -> None:
    wire = Wire(*addresses)
    network.replace_network(wire)
    assert network.post("https://shop.example.com/", {}, b"{}") is None
    assert wire.sent == []


def test_a_host_of_this_machine_is_resolved_and_refused_by_the_real_network() -> None:
    assert network.post("https://localhost/", {}, b"{}") is None


def test_who_does_not_speak_tls_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "is_public", lambda _: True)
    assert network.post("https://localhost/", {}, b"{}") is None
