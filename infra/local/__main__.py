"""`python -m infra.local serve`: the whole service on this machine, until it is interrupted.

PORT (8080; 0 for any), START (an instant with offset; 2026-01-05T09:00:00Z) and CLOCK (`virtual`, or `real` to let it
run) come from the environment.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import datetime

from infra.local.server import LocalServer
from infra.local.world import World
from shared.kernel.clock import parse_iso

_FIRST_YEAR, _LAST_YEAR = 2000, 2190  # orders may not lie before it, and stored times end in 2199


def main(arguments: list[str]) -> int:
    """Serve; 2 for arguments or variables that make no sense."""
    if arguments != ["serve"]:
        print("usage: python -m infra.local serve", file=sys.stderr)
        return 2
    try:
        start, runs, port = _start(), _runs(), _port()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with World.boot(start=start, runs=runs) as world:
        try:
            server = LocalServer(world, port)
        except (OSError, OverflowError) as error:
            print(f"PORT {port} cannot be used: {error}", file=sys.stderr)
            return 2
        with server:
            print(server.ready_line, flush=True)
            print(f"{server.url}/_local/ has the mailbox, the dashboards and the clock", file=sys.stderr, flush=True)
            stopped.wait()
    return 0


def _start() -> datetime | None:
    text = os.environ.get("START")
    try:
        start = parse_iso(text) if text else None
    except (ValueError, OverflowError):
        raise ValueError(f"START is an instant with offset, like 2026-01-05T09:00:00Z, not {text}") from None
    if start is not None and not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        raise ValueError(f"START lies between the years {_FIRST_YEAR} and {_LAST_YEAR}, not in {text}")
    return start


def _port() -> int:
    text = os.environ.get("PORT") or "8080"
    if not text.isdecimal():
        raise ValueError(f"PORT is a number, not {text}")
    return int(text)


def _runs() -> bool:
    clock = os.environ.get("CLOCK") or "virtual"
    if clock not in ("virtual", "real"):
        raise ValueError(f"CLOCK is virtual or real, not {clock}")
    return clock == "real"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
