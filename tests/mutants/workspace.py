"""A copy of the project in a temporary folder, in which one file at a time is wrong."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutants.bug import Bug

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def workspace() -> Iterator[Path]:
    """The files that git knows of, as they are now. The environment stays where it is: the interpreter leads to it."""
    with tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True) as folder:
        for name in _files():
            target = Path(folder) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        yield Path(folder)


def _files() -> list[str]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in found.split("\0") if name and (ROOT / name).is_file() and not name.startswith(".venv")]


@contextmanager
def applied(bug: Bug, folder: Path) -> Iterator[None]:
    """The workspace with the bug in it; afterwards without."""
    path = folder / bug.file
    right = path.read_text(encoding="utf-8")
    _write(path, bug.applied(right))
    try:
        yield
    finally:
        _write(path, right)


def _write(path: Path, text: str) -> None:
    """Compiled code is told by size and whole seconds, which a bug may share with what was there before."""
    path.write_text(text, encoding="utf-8")
    Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
