"""Every command of docs/dead-letters.md does what the page says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from string import Template

import botocore.session
import httpx
import pytest

from infra.local.server import LocalServer
from infra.local.world import World
from infra.operator.dead_letters.__main__ import _parser, _run, main
from tests.flow.conftest import Shop
from tests.operator.account import SETTINGS, account
from tests.operator.test_dead_letters_tool import broken

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "dead-letters.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:8080"


def commands(title: str = "") -> list[str]:
    """The lines of the page's shell blocks, of one section or of all."""
    sections = [part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if part.startswith(title)]
    assert sections, title
    blocks = [block for part in sections for block in re.findall(r"```sh\n(.*?)```", part, re.DOTALL)]
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def world() -> Iterator[World]:
    with World.boot(wire=True) as world:
        yield world


def run(world: World, url: str, line: str, **names: str) -> int:
    """Run one line of the page: the tool by itself, AWS's command line by the client it stands for."""
    words = [Template(word).safe_substitute(names) for word in shlex.split(line.replace(HERE, url))]
    if words[:2] == ["make", "dead-letters"]:
        given = shlex.split(words[2].removeprefix("ARGS="))
        if "--stack" not in given:
            return main([*given, "--local", url])
        _run(_parser().parse_args(given), account(world))
        return 0
    if words[:3] == ["curl", "-X", "POST"]:
        return 0 if httpx.post(words[3], timeout=60).status_code == 200 else 1
    assert words[0] == "aws", f"a command this test cannot run: {line}"
    return aws(*words[1:])


def aws(service: str, operation: str, *options: str) -> int:
    client = botocore.session.get_session().create_client(service, **SETTINGS)
    names = ["".join(part.capitalize() for part in name.removeprefix("--").split("-")) for name in options[::2]]
    getattr(client, operation.replace("-", "_"))(**dict(zip(names, options[1::2], strict=True)))
    return 0


def die(world: World, *bodies: str) -> list[str]:
    ids = [world.send("tally-demand", body) for body in bodies]
    world.advance(timedelta(hours=2))
    return ids


def test_looking_and_understanding(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    (letter,) = die(world, '{"order": "x"}')
    with LocalServer(world) as server:
        for line in [*commands("1. Look"), *commands("2. Understand")]:
            assert run(world, server.url, line, ID=letter) == 0
            printed = capsys.readouterr().out
            assert letter in printed
            assert "KeyError" in printed


def test_sending_back(world: World) -> None:
    """In the order of the page: a dry run, one letter, the rest of its queue; then the same locally."""
    lines = commands("3. Send back")
    letter, _, _ = die(world, "one", "two", "three")
    dead, work = (world.engine.sqs.queue(name) for name in ("tally-demand-dead", "tally-demand"))
    left = []
    with LocalServer(world) as server:
        for line in lines:
            if line.endswith('tally-demand --dry-run"'):
                world.advance(timedelta(hours=2))
            assert run(world, server.url, line, ID=letter) == 0
            left.append((dead.counts().visible, sum(work.counts())))
    assert left == [(3, 0), (2, 1), (0, 3), (3, 0), (0, 3), (0, 3)]


def test_work_by_hand_replaces_what_the_stream_lost(world: World) -> None:
    shop = Shop(world)
    shop.supplier()
    shop.item("TEAPOT")
    shop.settle()
    hook = broken(world, "fan-out-changes")
    order = shop.order("1", *(("TEAPOT", 2) for _ in range(150)))
    shop.found("TEAPOT", 300)
    shop.days(0.3)
    world.engine.before.remove(hook)
    shop.days(0.1)
    assert {violation["rule"] for violation in shop.violations()} == {"free_goes_to_the_queue"}
    key = order["backorder_id"][-16:]
    queues = "/".join(world.engine.sqs.url("tally-demand").split("/")[:-1])
    with LocalServer(world) as server:
        lines = commands("Letters that cannot")
        for line in [*lines, *(line.replace('"part": 0', '"part": 1') for line in lines if '"part"' in line)]:
            assert run(world, server.url, line.replace("KEY", key), QUEUES=queues) == 0
    shop.days(0.2)
    assert shop.units(order) == {"released": 2}
    assert {"accepted", "released"} & set(shop.mails())
    assert (shop.violations(), shop.dead_letters()) == ([], [])


def test_the_make_target_runs_the_tool() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\ndead-letters:")[2].splitlines()[1].strip()
    assert recipe == "@$(RUN) -m infra.operator.dead_letters $(or $(ARGS),list)"


def test_the_readme_shows_the_same_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r'^make dead-letters ARGS="([^"]*)"', readme, re.MULTILINE)
    assert len(shown) == 2
    for given in shown:
        _parser().parse_args(shlex.split(given))


def test_the_page_names_every_dead_letter_queue_that_leads_nowhere(world: World) -> None:
    for queue in account(world).queues():
        assert queue.source or f"`{queue.name}`" in PAGE
