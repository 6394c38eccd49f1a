"""The stream of the table in memory: records take their wire form when somebody reads them."""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.local.clock import Clock
from infra.local.engine.dynamodb.stream import Stream, sequence_number
from shared.aws.marshal import item_to_wire


@dataclass
class _Change:
    at: datetime
    old: bytes | None
    new: bytes | None
    record: dict[str, Any] | None = None


class MemoryStream(Stream):
    """As the engine's, for items kept as bytes."""

    def __init__(self, arn: str, region: str, clock: Clock) -> None:
        super().__init__(arn, "NEW_AND_OLD_IMAGES", region, clock.now)
        self._now = clock.now
        self._kept: list[_Change] = []

    def note(self, old: bytes | None, new: bytes | None) -> None:
        """A change was committed."""
        self._kept.append(_Change(self._now(), old, new))

    @property
    def last_position(self) -> int:
        return len(self._kept)

    @property
    def first_position(self) -> int:
        return 1

    def written_at(self, position: int) -> datetime:
        return self._kept[position - 1].at

    def trim(self, before: int | datetime) -> None:
        """Nothing lives long enough here."""

    def show(self, after_position: int, limit: int) -> list[dict[str, Any]]:
        return [
            self._shown(after_position + n, change)
            for n, change in enumerate(self._kept[after_position : after_position + limit], start=1)
        ]

    def _shown(self, position: int, change: _Change) -> dict[str, Any]:
        if change.record is None:
            change.record = self._made(position, change)
        return change.record

    def _made(self, position: int, change: _Change) -> dict[str, Any]:
        images = {
            name: item_to_wire(marshal.loads(raw))  # noqa: S302 - our own bytes
            for name, raw in (("OldImage", change.old), ("NewImage", change.new))
            if raw is not None
        }
        shown = images.get("NewImage") or images["OldImage"]
        body = images | {
            "ApproximateCreationDateTime": int(change.at.timestamp()),
            "Keys": {"pk": shown["pk"], "sk": shown["sk"]},
            "SequenceNumber": sequence_number(position),
            "SizeBytes": len(change.old or b"") + len(change.new or b""),
            "StreamViewType": self.view,
        }
        kind = "INSERT" if change.old is None else "REMOVE" if change.new is None else "MODIFY"
        about = {"eventID": f"{position:032x}", "eventName": kind, "eventSourceARN": self.arn}
        return about | {"eventSource": "aws:dynamodb", "dynamodb": body}
