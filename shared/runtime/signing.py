"""The keys that sign links and cursors: one signs, two are valid, so that the secret can be rotated at any time.

Secrets Manager keeps the two: a new value becomes `AWSCURRENT` and the one before it `AWSPREVIOUS`. What the older of
them signed is refused once the secret is rotated twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

_KEPT_MICROS = 3_600_000_000  # a key signs this long without being looked up again
_TRUSTED_MICROS = 60_000_000  # a forged link makes no process look the keys up more often


class SigningKeys:
    """The current and the previous key, looked up when needed and kept.

    `read(previous)` gives a key, or None if there is no previous one; `now` the time in microseconds.
    """

    def __init__(self, read: Callable[[bool], bytes | None], now: Callable[[], int]) -> None:
        self._read = read
        self._now = now
        self._keys: list[bytes] = []
        self._complete = False
        self._read_at = 0

    def current(self) -> bytes:
        """The key that signs."""
        if not self._keys or self._now() - self._read_at > _KEPT_MICROS:
            self._look_up()
        return self._keys[0]

    def valid(self) -> Iterator[bytes]:
        """Every key that may have signed, the likeliest first: another process may know a newer one than this."""
        yield self.current()
        yield from self._previous()
        if self._now() - self._read_at > _TRUSTED_MICROS:
            known = set(self._keys)
            self._look_up()
            yield from (key for key in (*self._keys, *self._previous()) if key not in known)

    def _look_up(self) -> None:
        current = self._read(False)
        if current is None:
            raise LookupError("there is no signing secret")
        self._keys, self._complete, self._read_at = [current], False, self._now()

    def _previous(self) -> Iterator[bytes]:
        if not self._complete:
            previous = self._read(True)
            self._keys += [] if previous is None else [previous]
            self._complete = True
        yield from self._keys[1:]
