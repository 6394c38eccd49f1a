"""A change of the table as the stream tells it, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.aws.marshal import Item
from shared.aws.table import read_image


@dataclass(frozen=True)
class Change:
    """Item before and after; `event_id` is the same however often the record is delivered."""

    event_id: str
    at: datetime
    old: Item | None
    new: Item | None

    @property
    def kind(self) -> str:
        return str((self.new or self.old or {}).get("kind", ""))

    @property
    def inserted(self) -> bool:
        return self.old is None

    def before(self, name: str, default: Any = None) -> Any:
        return (self.old or {}).get(name, default)

    def after(self, name: str, default: Any = None) -> Any:
        return (self.new or {}).get(name, default)

    def changed(self, *names: str) -> bool:
        return any(self.before(name) != self.after(name) for name in names)

    def rose(self, name: str) -> int:
        """By how much a number rose (negative: fell)."""
        return int(self.after(name, 0)) - int(self.before(name, 0))


def read_change(record: Mapping[str, Any]) -> Change:
    """From a stream record. Raises KeyError or TypeError for what is not one: such a record is poison."""
    data = record["dynamodb"]
    at = datetime.fromtimestamp(float(data["ApproximateCreationDateTime"]), UTC)
    return Change(record["eventID"], at, read_image(data.get("OldImage")), read_image(data.get("NewImage")))
