"""Which invocation this is, so that what must not change within one can be read once in it."""

from __future__ import annotations

from itertools import count

_numbers = count(1)
_current = 0


def begin() -> None:
    """A new invocation has started in this process."""
    global _current
    _current = next(_numbers)


def number() -> int:
    """Number of the running invocation in this process; 0 outside of one."""
    return _current


def end() -> None:
    """The invocation is over; what was read in it is no longer valid."""
    global _current
    _current = 0
