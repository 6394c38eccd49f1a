"""Where a webhook may lead: public https addresses, so that nobody can have the service ask its own neighbours.

OWASP, Server-Side Request Forgery Prevention: the name is judged when it is given, what it resolves to when a request
is made.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from shared.kernel.errors import Invalid

MAX_URL = 2_000
_FIELD = "/url"
_PLAIN = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INSIDE = frozenset({"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "arpa"})
"""Last labels of names that mean something inside a network only (RFC 6761, RFC 6762, RFC 8375, cloud metadata)."""


def check_url(url: str) -> None:
    """Raise Invalid, naming the field `url`, unless a webhook may lead there."""
    if len(url) > MAX_URL or not _PLAIN.fullmatch(url) or "\\" in url:
        raise Invalid.at(_FIELD, f"must be at most {MAX_URL} visible ASCII characters without backslashes")
    parts, port = _split(url)
    if parts.scheme != "https":
        raise Invalid.at(_FIELD, "must begin with https://")
    if "@" in parts.netloc:
        raise Invalid.at(_FIELD, "must not contain a user name or password: requests are signed instead")
    if port not in {None, 443}:
        raise Invalid.at(_FIELD, "must use the port of https, 443")
    if parts.fragment:
        raise Invalid.at(_FIELD, "must not have a fragment")
    _check_host(parts.hostname or "", literal_v6="[" in parts.netloc)


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid.at(_FIELD, "must be a URL such as https://shop.example.com/hooks") from None
    return parts, port


def _check_host(host: str, *, literal_v6: bool) -> None:
    last = host.rpartition(".")[2]
    if literal_v6 or _NUMBER.fullmatch(last):
        # Whatever ends in a number is an IPv4 address to somebody: 127.1, 0x7f.1, 2130706433, 0177.0.0.1.
        if not is_public(host):
            raise Invalid.at(_FIELD, "must not be an address of a private or reserved network")
    elif not _HOST.fullmatch(host) or len(host) > 253:
        raise Invalid.at(_FIELD, "must name a public host such as shop.example.com (in punycode)")
    elif last in _INSIDE:
        raise Invalid.at(_FIELD, "must not name a host of a private network")


def is_public(address: str) -> bool:
    """Whether an IP address in its usual form can be reached by anybody. Everything else is not: other spellings,
    private, loopback, link-local (metadata), shared, reserved, multicast, and IPv6 that only wraps an IPv4 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and _wraps_or_stays(ip):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _wraps_or_stays(ip: ipaddress.IPv6Address) -> bool:
    return bool(ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.scope_id or ip.is_site_local)
