"""One queue: what is visible, delayed, in flight or blocked at an instant.

Both kinds of queue are one mechanism. Messages form groups, a group hands out its messages in order and is
blocked while one of them is in flight. In a standard queue every message is a group of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from infra.local.engine.sqs.deduplication import Deduplication
from infra.local.engine.sqs.errors import expired_receipt, invalid_receipt, message_gone
from infra.local.engine.sqs.messages import Counts, Group, Message, Timer, is_pending
from infra.local.engine.sqs.settings import QueueSettings

_FIRST_SEQUENCE_NUMBER = 18_850_000_000_000_000_000


class Queue:
    """A queue under the clock of its service. Messages are given out and taken back by receipt handle."""

    def __init__(
        self,
        name: str,
        url: str,
        arn: str,
        settings: QueueSettings,
        clock: Callable[[], datetime],
        dead_letter: Callable[[str, Message], None],
    ) -> None:
        self.name = name
        self.url = url
        self.arn = arn
        self.settings = settings
        self.created_at = clock()
        self._clock = clock
        self._dead_letter = dead_letter
        self._sequence = 0
        self._receipts = 0
        self._timers_set = 0
        self._deduplication = Deduplication(by_group=settings.deduplicate_by_group)
        self._clear()

    @property
    def fifo(self) -> bool:
        """Whether the queue keeps order and deduplicates."""
        return self.settings.fifo

    def put(self, message: Message, *, deduplicate: bool = True) -> Message:
        """Add a message; `sequence` is given here. On a FIFO queue a repeated deduplication id within five
        minutes adds nothing and returns the message sent first."""
        now = self._clock()
        if self.fifo and deduplicate:
            earlier = self._deduplication.earlier(message, now)
            if earlier is not None:
                return earlier
        self._sequence += 1
        message.sequence = self._sequence
        if self.fifo:
            message.system["SequenceNumber"] = str(_FIRST_SEQUENCE_NUMBER + self._sequence)
        else:
            message.group = str(message.sequence)
        self._messages[message.sequence] = message
        group = self._groups.get(message.group)
        if group is None:
            group = self._groups[message.group] = Group(message.group)
        group.messages.append(message)
        heapq.heappush(self._expiries, (message.sent_at + self.settings.retention, message.sequence))
        if message.visible_at > now:
            self._delayed += 1
            self._set_timer(message)
        self._offer(group, now)
        return message

    def receive(self, limit: int, visibility: timedelta) -> list[Message]:
        """Give out up to `limit` messages and hide them for `visibility`; those received too often go to the
        dead-letter queue instead."""
        now = self._settle()
        taken: list[Message] = []
        visited: list[Group] = []
        while self._ready and len(taken) < limit:
            group = heapq.heappop(self._ready)[2]
            visited.append(group)
            for message in group.messages[:]:
                if message.visible_at > now or len(taken) == limit:
                    break
                if self._exhausted(message):
                    self._bury(message, now)
                    continue
                self._hand_out(message, group, now, visibility)
                taken.append(message)
        # Only now, so that nothing is given out twice in one receive even if it is not hidden.
        for group in visited:
            group.offered = False
            self._offer(group, now)
        return taken

    def delete(self, handle: str) -> None:
        """Delete the message received under this handle; a handle of an earlier receive deletes nothing."""
        now = self._settle()
        message = self._received(handle)
        if message is None:
            return
        if self.fifo and not message.in_flight:
            raise expired_receipt(handle)
        self._remove(message, now)

    def change_visibility(self, handle: str, visibility: timedelta) -> None:
        """Let the message become visible `visibility` from now. Nothing happens if it is visible again already
        or was received again since; a message that is gone is refused."""
        now = self._settle()
        message = self._received(handle)
        if message is None and not self._is_here(handle):
            raise message_gone(handle)
        if message is None or not message.in_flight:
            return
        message.visible_at = now + visibility
        self._set_timer(message)
        self._settle()

    def purge(self) -> None:
        """Drop every message."""
        for message in self._messages.values():
            message.gone = True
        self._clear()

    def counts(self) -> Counts:
        """Messages by state now."""
        if self._messages:  # this is asked of every queue whenever time passes
            self._settle()
        return Counts(len(self._messages) - self._delayed - self._in_flight, self._delayed, self._in_flight)

    def oldest_sent_at(self) -> datetime | None:
        """When the oldest message that is still here was sent."""
        while self._expiries and self._expiries[0][1] not in self._messages:
            heapq.heappop(self._expiries)
        return self._expiries[0][0] - self.settings.retention if self._expiries else None

    def messages(self) -> Iterator[Message]:
        """Copies of all messages on the queue, oldest first, whatever their state."""
        self._settle()
        for message in list(self._messages.values()):
            yield replace(message, system=dict(message.system))

    def next_due(self, now: datetime) -> datetime | None:
        """The next instant after `now` at which a delayed or invisible message becomes visible."""
        self._settle()
        while self._timers and not is_pending(self._timers[0]):
            heapq.heappop(self._timers)
        if not self._timers or self._timers[0][0] > now:
            return self._timers[0][0] if self._timers else None
        return min((timer[0] for timer in self._timers if is_pending(timer) and timer[0] > now), default=None)

    def take(self, wanted: Callable[[Message], bool]) -> list[Message]:
        """Remove and return every visible message that is wanted, oldest first."""
        now = self._settle()
        visible = [m for m in self._messages.values() if not m.in_flight and m.visible_at <= now and wanted(m)]
        for message in visible:
            self._remove(message, now)
        return visible

    def _clear(self) -> None:
        self._messages: dict[int, Message] = {}
        self._groups: dict[str, Group] = {}
        self._by_receipt: dict[str, Message] = {}
        self._ready: list[tuple[int, str, Group]] = []
        self._timers: list[Timer] = []
        self._expiries: list[tuple[datetime, int]] = []
        self._delayed = 0
        self._in_flight = 0

    def _settle(self) -> datetime:
        """Let everything happen that was due by now."""
        now = self._clock()
        while self._expiries and self._expiries[0][0] <= now:
            message = self._messages.get(heapq.heappop(self._expiries)[1])
            if message is not None:
                self._remove(message, now)
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)
            if not is_pending(timer):
                continue
            message = timer[2]
            group = self._groups[message.group]
            if message.in_flight:
                message.in_flight = False
                group.in_flight -= 1
                self._in_flight -= 1
            else:
                self._delayed -= 1
            self._offer(group, now)
        return now

    def _set_timer(self, message: Message) -> None:
        self._timers_set += 1
        message.timer = self._timers_set
        heapq.heappush(self._timers, (message.visible_at, self._timers_set, message))

    def _offer(self, group: Group, now: datetime) -> None:
        if group.offered or group.in_flight or not group.messages:
            return
        head = group.messages[0]
        if head.visible_at <= now:
            group.offered = True
            heapq.heappush(self._ready, (head.sequence, group.name, group))

    def _hand_out(self, message: Message, group: Group, now: datetime, visibility: timedelta) -> None:
        if message.receipt is not None:
            self._by_receipt.pop(message.receipt, None)
        self._receipts += 1
        message.receipt = f"{self.name}/{message.sequence}/{self._receipts}"
        self._by_receipt[message.receipt] = message
        message.receive_count += 1
        message.first_received_at = message.first_received_at or now
        message.visible_at = now + visibility
        if visibility:
            message.in_flight = True
            group.in_flight += 1
            self._in_flight += 1
            self._set_timer(message)

    def _received(self, handle: str) -> Message | None:
        """The message under this handle, or None when it was deleted or received again since."""
        message = self._by_receipt.get(handle)
        if message is None:
            name, _, rest = handle.partition("/")
            if name != self.name or not rest:
                raise invalid_receipt(handle)
        return message

    def _is_here(self, handle: str) -> bool:
        sequence = handle.split("/")[1]
        return sequence.isdigit() and int(sequence) in self._messages

    def _exhausted(self, message: Message) -> bool:
        redrive = self.settings.redrive
        return redrive is not None and message.receive_count >= redrive.max_receive_count

    def _bury(self, message: Message, now: datetime) -> None:
        assert self.settings.redrive is not None
        self._remove(message, now)
        self._dead_letter(self.settings.redrive.target_arn, message)

    def _remove(self, message: Message, now: datetime) -> None:
        message.gone = True
        del self._messages[message.sequence]
        self._by_receipt.pop(message.receipt or "", None)
        group = self._groups[message.group]
        group.messages.remove(message)
        if message.in_flight:
            group.in_flight -= 1
            self._in_flight -= 1
        elif message.visible_at > now:
            self._delayed -= 1
        if not group.messages:
            del self._groups[message.group]
        self._offer(group, now)
