"""One run of the tool: the service it talks to, and how it asks, shows progress and reports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from infra.operator.service import Json, Service, Trouble

_BAR = 24
_PAGE = 100


@dataclass(frozen=True)
class Report:
    """What a command found or did: `data` for programs, `lines` for people, `code` is what the tool exits with."""

    data: Any
    lines: Iterable[str] = ()
    code: int = 0


class NotConfirmed(Trouble):
    """Nobody said yes to what cannot be undone."""

    code = "not-confirmed"


@dataclass(frozen=True)
class Session:
    """`yes` answers every question beforehand. `quiet`: nobody is shown anything who is not there to be asked."""

    service: Service
    yes: bool = False
    ask: Callable[[str], str] = field(default=lambda question: _ask(question))
    quiet: bool = False

    def confirm(self, what: str, shown: Iterable[str] = ()) -> None:
        """Go on only if somebody says yes. Raises Trouble otherwise, also where nobody can be asked."""
        if self.yes:
            return
        asked_of_nobody = not sys.stdin.isatty()
        if not (self.quiet and asked_of_nobody):
            print("\n".join(shown), file=sys.stderr)
        if asked_of_nobody:
            raise NotConfirmed(f"{what}: this cannot be undone, and there is no terminal to ask at; --yes says yes")
        if self.ask(f"{what}. Go on? (yes/no) ").strip().lower() not in {"y", "yes"}:
            raise NotConfirmed("nothing was done")

    def pages(self, path: str, most: int | None = None, **query: str | None) -> Iterator[Json]:
        """The items of a list, page after page, with their number as the progress."""
        wanted = {name: value for name, value in query.items() if value is not None} | {"limit": str(_PAGE)}
        progress, found = Progress("read"), 0
        while True:
            page = self.service.ask("GET", f"{path}?{urlencode(wanted)}")
            for item in page["items"]:
                if most is not None and found == most:
                    progress.end()
                    return
                found += 1
                yield item
            progress.show(found)
            if page["next_cursor"] is None:
                progress.end()
                return
            wanted["cursor"] = page["next_cursor"]


class Progress:
    """A line on standard error that says how far long work has come; nothing where that is not a terminal."""

    def __init__(self, doing: str) -> None:
        self._doing, self._shown = doing, False

    def show(self, done: int, of: int | None = None) -> None:
        """`of` unknown: only the number so far."""
        if not sys.stderr.isatty():
            return
        filled = _BAR * done // of if of else 0
        bar = f"[{'#' * filled}{'.' * (_BAR - filled)}] {done} of {of}" if of else str(done)
        print(f"\r{self._doing} {bar}\x1b[K", end="", file=sys.stderr, flush=True)
        self._shown = True

    def end(self) -> None:
        """The line goes."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def path(*steps: str) -> str:
    """A path of the API with its parts percent-encoded: `path("v1", "items", sku)`."""
    return "".join(f"/{quote(step, safe='')}" for step in steps)


def _ask(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()
