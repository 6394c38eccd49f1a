"""What a command prints, also into a pipe whose reader has seen enough (`backorders list | head`)."""

from __future__ import annotations

import os
import sys


def show(text: str) -> None:
    """Print `text`. A reader who is gone is no failure: what was done stays done, and the exit code says how."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is left in the buffer would fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
