"""Reading the query of a call: choices, flags, numbers, and the pages of a list."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.kernel.errors import Invalid
from shared.runtime import cursors
from shared.runtime.cursors import Position
from shared.runtime.http import Call
from shared.runtime.signing import SigningKeys

DEFAULT_LIMIT = 50
MAX_LIMIT = 100


def choice(call: Call, name: str, allowed: Sequence[str]) -> str | None:
    """One of `allowed`, or None when not given."""
    value = call.query.get(name)
    if value is not None and value not in allowed:
        raise Invalid.at(name, f"must be one of {', '.join(allowed)}")
    return value


def flag(call: Call, name: str) -> bool:
    """`true` or `false`; false when not given."""
    return choice(call, name, ("true", "false")) == "true"


def number(call: Call, name: str, *, default: int, low: int, high: int) -> int:
    """A whole number within bounds."""
    text = call.query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise Invalid.at(name, f"must be a whole number from {low} to {high}")
    return int(text)


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for: at most `limit` things behind `after` (None: from the start).

    `after` is whatever position the list gave to `cursor` for the last thing of the page before.
    """

    limit: int
    after: Position | None
    _filter: str
    _keys: SigningKeys

    def cursor(self, position: Position | None) -> str | None:
        """The `next_cursor` for going on behind `position`; None when there is nothing more."""
        return None if position is None else cursors.encode(position, self._filter, self._keys.current())


def page(call: Call) -> Page:
    """The page asked for by `limit` and `cursor`. A cursor works only for the same caller and filter."""
    limit = number(call, "limit", default=DEFAULT_LIMIT, low=1, high=MAX_LIMIT)
    others = {name: value for name, value in call.query.items() if name not in {"limit", "cursor"}}
    who = [call.caller.client, sorted(call.caller.scopes)]
    filter_ = json.dumps([call.route, sorted(call.path.items()), sorted(others.items()), who])
    keys = call.container.signing_keys
    cursor = call.query.get("cursor")
    after = None if cursor is None else cursors.decode(cursor, filter_, keys.valid())
    return Page(limit, after, filter_, keys)
