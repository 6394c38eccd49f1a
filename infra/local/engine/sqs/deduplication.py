"""What a FIFO queue remembers for five minutes of virtual time."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from infra.local.engine.sqs.messages import Message

INTERVAL = timedelta(minutes=5)


class Deduplication:
    """Messages by deduplication id, `by_group` with ids counting within their group only."""

    def __init__(self, *, by_group: bool) -> None:
        self._by_group = by_group
        self._remembered: OrderedDict[str, Message] = OrderedDict()

    def earlier(self, message: Message, now: datetime) -> Message | None:
        """The message sent within the interval that this one repeats; if there is none, this is remembered."""
        self._forget(now)
        key = message.system["MessageDeduplicationId"]
        if self._by_group:
            key = f"{message.group}\0{key}"
        earlier = self._remembered.get(key)
        if earlier is None:
            self._remembered[key] = message
        return earlier

    def _forget(self, now: datetime) -> None:
        while self._remembered:
            key, oldest = next(iter(self._remembered.items()))
            if oldest.sent_at + INTERVAL > now:
                return
            del self._remembered[key]
