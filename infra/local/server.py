"""Serves a world over HTTP, on loopback only."""

from __future__ import annotations

import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from infra.local.control import Control, is_control
from infra.local.gateway import MAX_BODY
from infra.local.http_messages import Request, Response, json_response, problem
from infra.local.world import World
from shared.kernel.clock import iso

_HOST = "127.0.0.1"
_IDLE = 0.05  # seconds between looks at a running clock
_SHUTDOWN_POLL = 0.02  # seconds until a stop is noticed
_DRAINED = 4 * MAX_BODY  # what is read of a body that is too large, so that the client hears the answer


class LocalServer:
    """A server for one world; `port` 0 takes any free one.

    While the clock runs, a thread does the asynchronous work.
    """

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self._server = _Server((_HOST, port), world)
        world.reached_at(self.url)
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._server.serve_forever, args=(_SHUTDOWN_POLL,), daemon=True)]
        if world.clock.runs:
            self._threads.append(threading.Thread(target=self._pump, daemon=True))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_HOST}:{self._server.server_address[1]}"

    @property
    def ready_line(self) -> str:
        """What is printed once it serves."""
        return f"ready {self.url} now={iso(self.world.clock.now())}"

    def start(self) -> LocalServer:
        """Serve from now on, in the background."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Serve no longer."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> LocalServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _pump(self) -> None:
        while not self._stopping.is_set():
            if not self.world.step():
                self._stopping.wait(_IDLE)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], world: World) -> None:
        super().__init__(address, _Handler)
        self.world = world
        self.control = Control(world)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one piece
    server_version = "backorders-local"
    sys_version = ""
    timeout = 75  # seconds an idle connection is kept, as the gateway does

    def _serve(self) -> None:
        try:
            response = self._respond()
        except Exception as error:  # noqa: BLE001 - a fault of the runner must not look like one of the service
            traceback.print_exc()
            self.close_connection = True
            response = problem(500, "The local runner failed", repr(error))
        self._write(response)

    def _respond(self) -> Response:
        try:
            body = self._read_body()
        except ValueError as error:
            self.close_connection = True
            return problem(400, "Bad Request", f"the length of the body is not a number: {error}")
        if body is None:
            return json_response(413, {"message": "Request Entity Too Large"})
        address = str(self.client_address[0])
        request = Request(self.command, self.path, tuple(self.headers.items()), body, address, "http")
        if is_control(request):
            return self.server.control.handle(request)
        return self.server.world.handle(request)

    def _read_body(self) -> bytes | None:
        """The body, or None if it is larger than the gateway takes."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("content-length") or 0)
        if length <= MAX_BODY:
            return self.rfile.read(length)
        self.close_connection = True
        left = min(length, _DRAINED)
        while left and (piece := self.rfile.read(min(left, 1 << 16))):
            left -= len(piece)
        return None

    def _read_chunks(self) -> bytes | None:
        parts, total = [], 0
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            total += size
            if total > MAX_BODY:
                self.close_connection = True
                return None
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts)

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(response.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Quiet: what is worth knowing is in the logs of the functions."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815
