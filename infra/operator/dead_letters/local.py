"""The dead letters of a service on this machine, by the runner's control endpoints."""

from __future__ import annotations

import http.client
import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from infra.operator.dead_letters.model import DeadQueue, Letter, Trouble

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SECONDS = 60
_GOOD = 200


class LocalService:
    """What runs behind `make run`. Raises ValueError for an address that is not this machine's."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
            raise ValueError(
                f"{url} is not an address of this machine, such as http://127.0.0.1:8080: an account has --stack"
            )
        self.name = url
        self._host, self._port = parts.hostname, parts.port or 80

    def now(self) -> datetime:
        return datetime.fromisoformat(self._ask("GET", "ready")["now"])

    def queues(self) -> list[DeadQueue]:
        return [
            DeadQueue(
                name=queue["queue"],
                source=queue["source"],
                function=queue["function"],
                tries=queue["tries"],
                kept=timedelta(seconds=queue["kept_seconds"]),
                count=queue["count"],
            )
            for queue in self._ask("GET", "dead-letter-queues")["items"]
        ]

    def letters(self, queue: DeadQueue) -> list[Letter]:
        return [
            Letter(
                queue=queue.name,
                message_id=item["message_id"],
                body=item["body"],
                sent_at=datetime.fromisoformat(item["sent_at"]),
                group=item["group"],
                reason=item["reason"],
                trace_id=item["trace_id"],
            )
            for item in self._ask("GET", "dead-letters")["items"]
            if item["queue"] == queue.name
        ]

    def log(self, function: str, about: str, since: datetime) -> list[str]:
        lines = self._ask("GET", f"logs?{urlencode({'function': function, 'about': about})}")["items"]
        return [line["line"] for line in lines if datetime.fromisoformat(line["at"]) >= since]

    def log_question(self, function: str, about: str) -> str:
        return f"curl '{self.name}/_local/logs?function={quote(function)}&about={quote(about)}'"

    def note(self, queue: DeadQueue, only: Collection[str], reason: str) -> None:
        self._ask("POST", "note-redrive", {"queue": queue.name, "only": sorted(only), "reason": reason})

    def redrive(self, queue: DeadQueue, only: Collection[str], rate: int | None) -> int:  # noqa: ARG002
        """The runner moves all at once: at a clock that stands still there is no rate. They are worked on by the next
        `POST /_local/settle`."""
        body = {"queue": queue.name} | ({"only": sorted(only)} if only else {})
        return int(self._ask("POST", "redrive", body)["moved"])

    def _ask(self, method: str, name: str, body: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)
        try:
            connection.request(method, f"/_local/{name}", json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise Trouble(f"{self.name} does not answer ({error}): is `make run` running?") from error
        finally:
            connection.close()
        if response.status != _GOOD:
            raise Trouble(f"{self.name} answered {response.status} to {method} /_local/{name}: {text[:300]}")
        return json.loads(text)
