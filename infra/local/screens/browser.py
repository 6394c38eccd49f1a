"""Chromium without a window: pictures of pages, and what became of their markup."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
_SECONDS = 120


class NoBrowserError(Exception):
    """There is no Chromium on this machine."""


def chromium() -> str:
    """Where it is: CHROMIUM, if that is set. Raises NoBrowserError, which says how to get it."""
    for name in (os.environ.get("CHROMIUM", ""), *_NAMES):
        if (found := shutil.which(name)) is not None:
            return found
    raise NoBrowserError("there is no chromium; on Debian: apt-get install -y chromium")


def picture(url: str, out: Path, *, width: int, height: int) -> None:
    """Write a PNG of the page."""
    _run([f"--window-size={width},{height}", f"--screenshot={out}", url])
    if not out.is_file():
        raise RuntimeError(f"chromium wrote no picture of {url}")


def markup(url: str, *, width: int = 1600) -> str:
    """The page's document as the browser has it once it is loaded."""
    return _run([f"--window-size={width},1000", "--dump-dom", url])


def _run(arguments: Sequence[str]) -> str:
    # A profile of its own: two browsers at once would wait for each other.
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(  # noqa: S603 - our own arguments only
            [chromium(), *_FLAGS, f"--user-data-dir={profile}", *arguments],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    return done.stdout
