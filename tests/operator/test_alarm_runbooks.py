"""Every alarm leads to a page that says what to do, and the commands on it are commands of the tools."""

from __future__ import annotations

import argparse
import functools
import re
import shlex

import botocore.session
import pytest

from docs.runbook_index import alarms
from infra.operator.backorders.options import parser
from infra.operator.dead_letters.__main__ import _parser as dead_letters_parser
from infra.operator.supplier_documents import arguments_parser
from infra.routes import ROUTES
from tests.operator.runbook_files import HEADINGS, HERE, IN_AWS, commands, files, headings, tool_of

PARSERS = {"backorders": parser, "dead-letters": dead_letters_parser, "supplier-documents": arguments_parser}
LONGEST = 50


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm() -> None:
    assert {path.stem for path in files()} == {runbook for runbook, _ in alarms().values()}


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_what_to_check_to_fix_and_to_verify(path: object) -> None:
    text = next(one for one in files() if one == path).read_text(encoding="utf-8")
    assert headings(text)[:4] == HEADINGS
    assert set(headings(text)[4:]) <= {"Escalate"}
    assert 15 <= len(text.splitlines()) <= LONGEST
    assert text.count("```sh") == text.count("<!-- ")


@pytest.mark.parametrize("line", commands(HERE))
def test_a_command_that_works_here_is_understood_by_its_tool(line: str) -> None:
    tool, given = tool_of(line)
    assert isinstance(PARSERS[tool]().parse_args(given), argparse.Namespace)


@functools.cache
def _service(name: str) -> botocore.model.ServiceModel:
    return botocore.session.get_session().get_service_model(name)


@pytest.mark.parametrize("line", commands(IN_AWS))
def test_a_command_for_aws_names_an_operation_and_options_of_it(line: str) -> None:
    program, service, operation, *options = shlex.split(line)
    assert program == "aws"
    known = {botocore.xform_name(name, "-"): name for name in _service(service).operation_names}
    members = _service(service).operation_model(known[operation]).input_shape
    taken = {botocore.xform_name(name, "-") for name in members.members} if members else set()
    assert {word[2:] for word in options if word.startswith("--")} <= taken


def test_a_route_that_is_named_exists() -> None:
    known = {(route.method, re.sub(r"\{\w+\}", "{}", route.path)) for route in ROUTES}
    named = [
        (method, re.sub(r"\{\w+\}", "{}", way))
        for path in files()
        for method, way in re.findall(r"`(GET|POST|PUT) (/v1/[^`]+)`", path.read_text(encoding="utf-8"))
    ]
    assert named
    assert set(named) <= known
