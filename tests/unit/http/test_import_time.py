"""A cold start pays for every import. Processor time is measured, in multiples of an empty interpreter's, so that a slow
or busy machine does not decide."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MOST = 50
RUNS = 3


def seconds(*arguments: str, cache: Path) -> float:
    """Processor time of one interpreter, with compiled files kept in `cache`, as they are in the deployed bundle."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(cache), "PYTHONDONTWRITEBYTECODE": ""}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, env=env)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


AREAS = ("POST /v1/backorders", "GET /v1/purchase-orders", "GET /v1/items/{sku}", "GET /b/{token}", "GET /v1/settings")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where compiled files are kept: what the areas share is compiled once."""
    return tmp_path_factory.mktemp("compiled")


@pytest.mark.slow
@pytest.mark.parametrize("route", AREAS)
def test_importing_the_http_door_costs_less_than_fifty_empty_interpreters(compiled: Path, route: str) -> None:
    """With the area of the first request, which a cold start loads too."""
    door = ("-c", f"import functions.api.handler; from functions.api import routes; routes.load({route!r})")
    seconds(*door, cache=compiled)  # compiles
    empty, loaded = [], []
    for _ in range(RUNS):
        empty.append(seconds("-I", "-c", "pass", cache=compiled))
        loaded.append(seconds(*door, cache=compiled))
    assert min(loaded) / min(empty) <= MOST


def test_the_http_door_does_not_load_what_only_others_need(tmp_path: Path) -> None:
    heavy = ("boto3", "jinja2", "aws_xray_sdk", "aws_lambda_powertools.utilities.batch", "functions.api.openapi")
    code = f"import sys, functions.api.handler; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
