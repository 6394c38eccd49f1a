"""One name, four places: the folder in `functions/`, the function in the stack, its permissions, its events."""

from __future__ import annotations

import json

import pytest

from infra.local.function import Function
from infra.local.synth_cache import template_path
from infra.local.template import Template
from infra.permissions import GRANTS
from tests.architecture.source import ROOT


def _folders(parent: str) -> set[str]:
    return {path.name for path in (ROOT / parent).iterdir() if path.is_dir() and not path.name.startswith("__")}


@pytest.fixture(scope="module")
def in_the_stack() -> set[str]:
    """Folder by folder what the synthesized template invokes."""
    template = Template.load(template_path())
    functions = [Function.of(resource, template) for resource in template.of_type("AWS::Lambda::Function")]
    handlers = [function.handler.split(".") for function in functions]
    assert all(parts[0] == "functions" and parts[2:] == ["handler", "handler"] for parts in handlers)
    return {parts[1] for parts in handlers}


def test_every_folder_is_a_function_of_the_stack_and_the_reverse(in_the_stack: set[str]) -> None:
    assert _folders("functions") == in_the_stack


def test_every_function_has_its_row_of_permissions_and_the_reverse(in_the_stack: set[str]) -> None:
    assert set(GRANTS) == in_the_stack


def test_every_folder_has_a_door() -> None:
    folders = _folders("functions")
    assert folders
    assert {name for name in folders if not (ROOT / "functions" / name / "handler.py").is_file()} == set()


def test_every_function_has_events_and_the_reverse() -> None:
    assert _folders("events") == _folders("functions")
    assert {name for name in _folders("events") if not list((ROOT / "events" / name).glob("*.json"))} == set()


def test_every_event_is_json() -> None:
    for path in sorted((ROOT / "events").rglob("*.json")):
        json.loads(path.read_text(encoding="utf-8"))


def test_the_top_level_is_what_it_was_agreed_to_be() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    made = {"cdk.out", "build"}
    assert folders - made == {"functions", "infra", "shared", "events", "tests", "docs"}
