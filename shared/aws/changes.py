"""A change of the table as the stream tells it, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.aws.marking import CAUSED
from shared.aws.marshal import from_wire

Image = Mapping[str, Any]
"""An item as the stream has it, in wire form."""


@dataclass(frozen=True)
class Change:
    """Item before and after; `event_id` is the same however often the record is delivered.

    `old` and `new` are the images as they came: of most changes only a few attributes are ever looked at.
    """

    event_id: str
    at: datetime
    old: Image | None
    new: Image | None

    @property
    def kind(self) -> str:
        return str(_value(self.new or self.old, "kind", ""))

    @property
    def caused_by(self) -> str | None:
        """What it was made for: a change before it, a message or a request. None of what says nothing of that."""
        made_for = self.after(CAUSED)
        return None if made_for is None else str(made_for)

    @property
    def inserted(self) -> bool:
        return self.old is None

    def before(self, name: str, default: Any = None) -> Any:
        return _value(self.old, name, default)

    def after(self, name: str, default: Any = None) -> Any:
        return _value(self.new, name, default)

    def changed(self, *names: str) -> bool:
        old, new = self.old or {}, self.new or {}
        return any(old.get(name) != new.get(name) for name in names)

    def rose(self, name: str) -> int:
        """By how much a number rose (negative: fell)."""
        return int(self.after(name, 0)) - int(self.before(name, 0))

    def gained(self, name: str) -> list[tuple[int, Any]]:
        """The elements by which a list grew, with their numbers in it, counted from 1.

        What has moved out of a log into an item of its own counts as before.
        """
        had, has = _elements(self.old, name), _elements(self.new, name)
        before, apart = self._apart(name)
        known = before + len(had) - apart
        return [(apart + n, from_wire(has[n - 1])) for n in range(known + 1, len(has) + 1)]

    def _apart(self, name: str) -> tuple[int, int]:
        """How many elements of a list stood apart before and after."""
        if name != "log":
            return 0, 0
        return int(self.before("logged_apart", 0)), int(self.after("logged_apart", 0))


def _value(image: Image | None, name: str, default: Any) -> Any:
    wire = (image or {}).get(name)
    return default if wire is None else from_wire(wire)


def _elements(image: Image | None, name: str) -> list[Any]:
    elements: list[Any] = (image or {}).get(name, {"L": []})["L"]
    return elements


def read_change(record: Mapping[str, Any]) -> Change:
    """From a stream record. Raises KeyError or TypeError for what is not one: such a record is poison."""
    data = record["dynamodb"]
    at = datetime.fromtimestamp(float(data["ApproximateCreationDateTime"]), UTC)
    return Change(record["eventID"], at, data.get("OldImage"), data.get("NewImage"))
