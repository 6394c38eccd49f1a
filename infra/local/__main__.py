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


def main(arguments: list[str]) -> int:
    """Serve; 2 for arguments or variables that make no sense."""
    if arguments != ["serve"]:
        print("usage: python -m infra.local serve", file=sys.stderr)
        return 2
    try:
        start, runs, port = _start(), _runs(), int(os.environ.get("PORT") or 8080)
    except ValueError as error:
        print(f"START, CLOCK or PORT: {error}", file=sys.stderr)
        return 2
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with World.boot(start=start, runs=runs) as world, LocalServer(world, port) as server:
        print(server.ready_line, flush=True)
        stopped.wait()
    return 0


def _start() -> datetime | None:
    text = os.environ.get("START")
    return parse_iso(text) if text else None


def _runs() -> bool:
    clock = os.environ.get("CLOCK") or "virtual"
    if clock not in ("virtual", "real"):
        raise ValueError(f"CLOCK is virtual or real, not {clock}")
    return clock == "real"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
