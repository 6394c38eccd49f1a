"""What the README shows is run: commands between `<!-- executed: name -->` and the end of their block."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.server import LocalServer
from infra.local.world import World

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow


def block(name: str) -> str:
    """The commands of one executed block."""
    found = re.search(rf"<!-- executed: {name} -->\n```bash\n(.*?)```", README, re.DOTALL)
    assert found, f"README.md has no block {name}"
    return found[1]


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with World.boot() as world, LocalServer(world) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH on which curl is ours and python3 the one that runs the tests."""
    curl = tmp_path / "curl"
    shutil.copy(Path(__file__).with_name("curl.py"), curl)
    curl.write_text(curl.read_text().replace("#!/usr/bin/env python3", f"#!{sys.executable}"))
    curl.chmod(0o755)
    (tmp_path / "python3").symlink_to(sys.executable)
    return f"{tmp_path}:{os.environ['PATH']}"


def test_the_first_order_by_hand_is_shipped_and_its_mails_are_sent(server: LocalServer, path: str) -> None:
    environment = os.environ | {"PATH": path, "PORT": server.url.rpartition(":")[2].strip("/")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block("first-order")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    status, mails = lines[-2], json.loads(lines[-1])
    assert status == "shipped"
    assert [mail["kind"] for mail in mails] == ["accepted", "purchase_order", "released", "shipped"]
    assert "urn:backorders:problem" not in done.stdout


def test_every_file_the_readme_and_the_docs_link_to_is_there() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
