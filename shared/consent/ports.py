"""What asking and answering need from the outside."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from shared.consent.model import Consents


class Tellings(Protocol):
    """What became of the mails that asked."""

    def reached(self, key: str, revision: int) -> bool:
        """Whether the customer can have read the mail of that revision: it did not come back, nor was it refused."""
        ...


class ConsentStore(Protocol):
    """The rounds of orders."""

    def write(self, key: str, consents: Consents) -> None:
        """Over the version before. Raises Stale if somebody asked or answered in between."""
        ...

    def due(self, at: int) -> Iterable[str]:
        """Keys of undecided orders whose deadline is not after `at` (microseconds), the earliest first."""
        ...
