"""The runbooks as they stand in docs/runbooks: their headings, and the commands in their blocks."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "runbooks"
HEADINGS = ["What it means for customers", "Check", "Fix", "Verify"]
HERE, IN_AWS = "executed", "in AWS"

_BLOCK = re.compile(r"^<!-- (executed|in AWS) -->\n```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def files() -> list[Path]:
    """All runbooks, without their index."""
    return sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")


def headings(text: str) -> list[str]:
    """The sections of a runbook."""
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def commands(mark: str) -> list[str]:
    """The different lines of all blocks under a mark, in the order of the files."""
    blocks = [block for path in files() for block in _BLOCK.findall(path.read_text(encoding="utf-8"))]
    return list(dict.fromkeys(line for found, block in blocks if found == mark for line in block.splitlines()))


def tool_of(line: str) -> tuple[str, list[str]]:
    """`make TOOL ARGS="..."`: the tool, and what it is given.

    Raises ValueError for another form.
    """
    make, tool, arguments = shlex.split(line)
    if make != "make" or not arguments.startswith("ARGS="):
        raise ValueError(f"not a command of make: {line}")
    return tool, shlex.split(arguments.removeprefix("ARGS="))
