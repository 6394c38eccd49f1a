"""How far long work has come, on standard error."""

from __future__ import annotations

import sys
import time

_ON_A_TERMINAL, _ELSEWHERE = 1.0, 10.0
_WIDTH = 79


class Progress:
    """One line that is written anew every second on a terminal; elsewhere a whole line every ten seconds."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = _ON_A_TERMINAL if self._terminal else _ELSEWHERE
        self._last = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether what is shown now would be written."""
        return time.monotonic() - self._last >= self._every

    def show(self, text: str) -> None:
        """Nothing if the last line was written a moment ago."""
        if not self.due:
            return
        self._last = time.monotonic()
        _write(f"\r{text:<{_WIDTH}}" if self._terminal else f"{text}\n")

    def end(self) -> None:
        """The line on the terminal goes."""
        if self._terminal:
            _write(f"\r{'':<{_WIDTH}}\r")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
