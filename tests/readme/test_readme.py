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
README, STOREFRONT = ROOT / "README.md", ROOT / "docs" / "storefront.md"

pytestmark = pytest.mark.slow


def commands(page: Path) -> str:
    """The commands of the executed blocks of a page, one after the other."""
    found = re.findall(r"<!-- executed: [\w-]+ -->\n```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{page.name} shows nothing that could be run"
    return "\n".join(found)


def run(page: Path, server: LocalServer, path: str) -> list[str]:
    """What the commands of a page print, line by line."""
    environment = os.environ | {"PATH": path, "PORT": server.url.rpartition(":")[2].strip("/")}
    command = ["bash", "-euo", "pipefail", "-c", commands(page)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "urn:backorders:problem" not in done.stdout
    return done.stdout.strip().splitlines()


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
    lines = run(README, server, path)
    status, mails = lines[-2], json.loads(lines[-1])
    assert status == "shipped"
    assert [mail["kind"] for mail in mails] == ["accepted", "purchase_order", "released", "shipped"]


def test_a_shop_is_connected_as_the_guide_says(server: LocalServer, path: str) -> None:
    lines = run(STOREFRONT, server, path)
    status, told = lines[-2], json.loads(lines[-1])["items"]
    assert status == "shipped"
    bodies = [json.loads(one["body"]) for one in told]
    acted_on = [
        "payment.capture_due",
        "release.created",
        "shipment.confirmed",
        "backorder.cancelled",
        "payment.void_due",
    ]
    assert sorted(body["type"] for body in bodies) == sorted(acted_on)
    assert {body["data"]["order_id"] for body in bodies} == {"1001"}


def test_every_file_the_readme_and_the_docs_link_to_is_there() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
