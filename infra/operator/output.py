"""What a command prints, also into a pipe whose reader has seen enough (`backorders list | head`)."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import NoReturn


class Misuse(ValueError):
    """Arguments that make no sense; `usage` says which do."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class Parser(argparse.ArgumentParser):
    """Raises Misuse instead of leaving the process, so that it is told as whoever called wants to be told."""

    def error(self, message: str) -> NoReturn:
        raise Misuse(message, self.format_usage())


def show(text: str) -> None:
    """Print `text`. A reader who is gone is no failure: what was done stays done, and the exit code says how."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is left in the buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def failed(tool: str, message: object, *, code: str, field: str | None = None, as_json: bool = False) -> None:
    """Say on standard error what went wrong: in words, or for programs as `{"error": {"code", "message", "field"?}}`.

    `code` never changes its meaning; `field` is the pointer to what was wrong in what was asked.
    """
    if not as_json:
        usage = message.usage if isinstance(message, Misuse) else ""
        print(f"{usage}{tool}: {message}", file=sys.stderr)
        return
    error = {"code": code, "message": str(message)} | ({"field": field} if field else {})
    print(json.dumps({"error": error}, ensure_ascii=False), file=sys.stderr)
