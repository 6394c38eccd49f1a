"""What the services of the engine have in common."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from infra.local.engine.errors import UnsupportedRequestError

Clock = Callable[[], datetime]
Params = dict[str, Any]
Answer = dict[str, Any]
Operation = Callable[[Params], Answer]


class Service(ABC):
    """One AWS service: its operations by name, in the wire format of its JSON protocol."""

    name: str

    def __init__(self, clock: Clock, account: str, region: str) -> None:
        self.clock = clock
        self.account = account
        self.region = region
        self._issued = 0

    @abstractmethod
    def operations(self) -> Mapping[str, Operation]:
        """The operations this service answers."""

    def operation(self, name: str) -> Operation:
        """The operation, or UnsupportedRequestError."""
        try:
            return self.operations()[name]
        except KeyError:
            raise UnsupportedRequestError(f"{self.name} {name} is not part of the local engine") from None

    def issue(self) -> int:
        """The next number of this service: the only source of its identifiers."""
        self._issued += 1
        return self._issued

    def issue_uuid(self) -> str:
        """A UUID made from the next number, the same in every run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.name}:{self.issue()}"))


def epoch_milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970."""
    return round(instant.timestamp() * 1000)


def refuse_unknown(owner: str, given: Mapping[str, Any], known: frozenset[str]) -> None:
    """Fail loudly on a parameter or property that would otherwise be silently ignored."""
    if not given.keys() <= known:
        unknown = sorted(given.keys() - known)
        raise UnsupportedRequestError(f"{owner}: the local engine does not know {', '.join(unknown)}")
