"""The browser of this machine: Debian's chromium, or whatever its variable names. None is fetched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

VARIABLE = "CHROMIUM"
MISSING = f"there is no Chromium here: apt-get install chromium, or name one in {VARIABLE}"
PICTURES = Path(__file__).parents[2] / "build" / "browser"
"""Where screenshots are kept; never committed."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def found() -> str | None:
    """Where the browser is, if there is one."""
    return os.environ.get(VARIABLE) or next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def running() -> Iterator[Browser]:
    """A browser without a window. RuntimeError where there is none."""
    path = found()
    if path is None:
        raise RuntimeError(MISSING)
    # Its sandbox refuses to work for root, as whom containers run.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
