"""What making and ending subscriptions needs from the outside."""

from __future__ import annotations

from typing import Protocol

from shared.subscriptions.model import Leaving, Subscription


class Subscribing(Protocol):
    """Subscriptions as they are made and ended."""

    def watch(self, sku: str) -> None:
        """From now on it is heard when the item becomes free. Raises NotFound."""
        ...

    def find(self, sku: str, recipient: str) -> Subscription | None: ...

    def write(self, wanted: Subscription, over: Subscription | None) -> None:
        """In place of `over` (None: there is none). Raises Stale."""
        ...

    def left(self, recipient: str) -> Leaving | None:
        """The last time that this mailbox left, if that is not forgotten."""
        ...

    def leave(self, recipient: str, leaving: Leaving) -> None:
        """Nothing that this mailbox subscribed to until then is told."""
        ...

    def end(self, sku: str, recipient: str, at: int) -> bool:
        """The subscription is over and its address forgotten; False if there is none, or it was ended before."""
        ...
