"""A table's stream: what changed, in order, in the shape a function receives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.local.engine.dynamodb.items import Item, copy_item
from infra.local.engine.service import Clock

_FIRST_SEQUENCE_NUMBER = 100_000_000_000_000_000_000
_IMAGES = {
    "KEYS_ONLY": (False, False),
    "NEW_IMAGE": (True, False),
    "OLD_IMAGE": (False, True),
    "NEW_AND_OLD_IMAGES": (True, True),
}
_EXPIRED_BY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Change:
    at: datetime
    keys: Item
    old: Item | None
    new: Item | None
    size_bytes: int
    expired: bool

    @property
    def kind(self) -> str:
        if self.old is None:
            return "INSERT"
        return "REMOVE" if self.new is None else "MODIFY"


class Stream:
    """Records of a table, numbered from 1 without gaps. A position is such a number; 0 is before the first."""

    def __init__(self, arn: str, view: str, region: str, clock: Clock) -> None:
        self.arn = arn
        self.view = view
        self._new_image, self._old_image = _IMAGES[view]
        self._region = region
        self._clock = clock
        self._changes: list[_Change] = []
        self._trimmed = 0

    @property
    def last_position(self) -> int:
        """Position of the newest record, 0 if there never was one."""
        return self._trimmed + len(self._changes)

    @property
    def first_position(self) -> int:
        """Position of the oldest record that can still be read."""
        return self._trimmed + 1

    def append(
        self,
        keys: Item,
        old: Item | None,
        new: Item | None,
        size_bytes: int,
        *,
        expired: bool = False,
    ) -> None:
        """Note a change; the items become the stream's and are never changed."""
        self._changes.append(_Change(self._clock(), keys, old, new, size_bytes, expired))

    def read(self, after_position: int, limit: int) -> list[Record]:
        """Up to `limit` records after a position, oldest first, shared with nobody. Trimmed ones are left out."""
        records = self.show(after_position, limit)
        for record in records:
            body = record["dynamodb"]
            body.update({name: copy_item(body[name]) for name in ("Keys", "NewImage", "OldImage") if name in body})
        return records

    def show(self, after_position: int, limit: int) -> list[Record]:
        """As `read`, but keys and images are the stream's own and must not be changed: for who copies what it hands
        on anyway."""
        start = max(after_position - self._trimmed, 0)
        return [
            self._record(self._trimmed + start + number, change)
            for number, change in enumerate(self._changes[start : start + limit], 1)
        ]

    def written_at(self, position: int) -> datetime:
        """When the change at a position was made; IndexError if it was trimmed or is yet to come."""
        if not self._trimmed < position <= self.last_position:
            raise IndexError(f"no record at position {position}")
        return self._changes[position - self._trimmed - 1].at

    def trim(self, before: int | datetime) -> None:
        """Drop the records before a position, or those written before an instant."""
        if isinstance(before, datetime):
            kept = next((n for n, change in enumerate(self._changes) if change.at >= before), len(self._changes))
        else:
            kept = min(max(before - 1 - self._trimmed, 0), len(self._changes))
        del self._changes[:kept]
        self._trimmed += kept

    def _record(self, position: int, change: _Change) -> Record:
        body: dict[str, Any] = {
            "ApproximateCreationDateTime": int(change.at.timestamp()),
            "Keys": change.keys,
            "SequenceNumber": sequence_number(position),
            "SizeBytes": change.size_bytes,
            "StreamViewType": self.view,
        }
        if self._new_image and change.new is not None:
            body["NewImage"] = change.new
        if self._old_image and change.old is not None:
            body["OldImage"] = change.old
        record: Record = {
            "eventID": f"{position:032x}",
            "eventName": change.kind,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": self._region,
            "dynamodb": body,
            "eventSourceARN": self.arn,
        }
        if change.expired:
            record["userIdentity"] = dict(_EXPIRED_BY)
        return record


def sequence_number(position: int) -> str:
    """The sequence number of the record at a position."""
    return str(_FIRST_SEQUENCE_NUMBER + position)


def position_of(record: Mapping[str, Any]) -> int:
    """The position of a record that `Stream.read` returned."""
    return int(record["dynamodb"]["SequenceNumber"]) - _FIRST_SEQUENCE_NUMBER
