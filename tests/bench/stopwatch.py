"""CPU of the handlers without that of the emulator.

A handler is timed from its first to its last line in CPU of the process, threads included, and every stretch spent
behind botocore's transport (where a real function would wait for the network) is taken off. What is left is what a Lambda function would
be billed for: our code, Powertools, pydantic, and botocore's serializing, signing and parsing. Not in it are TLS and
sockets, the garbage collector, and the runtime's own work around the handler.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from botocore.httpsession import URLLib3Session

from infra.local.world import World

Handler = Callable[[dict[str, Any], Any], Any]


class Stopwatch:
    """Seconds of CPU per function since the last `reset`. Works between `start` and `stop`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._patches = ExitStack()
        self._engine = 0.0
        self._lock = threading.Lock()
        self.seconds: dict[str, float] = {}
        self.invocations = 0

    def start(self) -> None:
        """Time every handler of the world, and the transport."""
        send = URLLib3Session.send
        self._patches.enter_context(patch.object(URLLib3Session, "send", self._timed_send(send)))
        for function in self._world.lambdas.functions.values():
            module = importlib.import_module(function.handler.rpartition(".")[0])
            timed = self._timed_handler(function.name, module.handler)
            self._patches.enter_context(patch.object(module, "handler", timed))

    def stop(self) -> None:
        """Leave everything as it was."""
        self._patches.close()

    def reset(self) -> None:
        """Start again at zero."""
        self.seconds.clear()
        self.invocations = 0

    def _timed_send(self, send: Any) -> Any:
        def timed(session: Any, request: Any) -> Any:
            began = time.thread_time()
            try:
                return send(session, request)
            finally:
                with self._lock:
                    self._engine += time.thread_time() - began

        return timed

    def _timed_handler(self, name: str, handler: Handler) -> Handler:
        def timed(event: dict[str, Any], context: Any) -> Any:
            began, engine = time.process_time(), self._engine
            try:
                return handler(event, context)
            finally:
                spent = time.process_time() - began - (self._engine - engine)
                self.seconds[name] = self.seconds.get(name, 0.0) + spent
                self.invocations += 1

        return timed
