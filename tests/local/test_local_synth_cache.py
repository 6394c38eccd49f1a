"""The synthesized template is kept until something it was made from changes."""

from __future__ import annotations

import json

import pytest

from infra.local.synth_cache import template_path

APP = """
import json
from shared.names import NAME

def build(outdir, *, validation, bundle):
    assert not validation and not bundle
    with open("synthesized", "a") as count:
        count.write("x")
    path = outdir / "Shop.template.json"
    path.write_text(json.dumps({"Resources": {}, "Description": NAME}))
    return path
"""


@pytest.fixture
def project(tmp_path):
    """A project whose stack takes its description from another module."""
    for name, text in {
        "infra/__init__.py": "",
        "infra/app.py": APP,
        "infra/local/__init__.py": "",
        "shared/__init__.py": "",
        "shared/names.py": "NAME = 'first'",
        "shared/unused.py": "",
        "cdk.json": "{}",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.fixture
def synthesize(project):
    """Asks for the template; answers its description and how often it was synthesized so far."""

    def ask():
        path = template_path(project, project / ".cache")
        return json.loads(path.read_text())["Description"], len((project / "synthesized").read_text())

    return ask


def test_an_unchanged_stack_is_synthesized_once(synthesize):
    assert synthesize() == ("first", 1)
    assert synthesize() == ("first", 1)


@pytest.mark.parametrize("changed", ["infra/app.py", "shared/names.py", "cdk.json", "pyproject.toml", "infra/more.py"])
def test_a_change_of_what_it_was_made_from_synthesizes_anew(project, synthesize, changed):
    synthesize()
    with (project / changed).open("a") as file:
        file.write("\n")
    assert synthesize() == ("first", 2)


@pytest.mark.parametrize("changed", ["infra/local/server.py", "shared/unused.py"])
def test_a_change_elsewhere_does_not(project, synthesize, changed):
    synthesize()
    (project / changed).write_text("x = 1")
    assert synthesize() == ("first", 1)


def test_the_template_follows_the_change_and_the_former_one_is_still_kept(project, synthesize):
    synthesize()
    (project / "shared/names.py").write_text("NAME = 'second'")
    assert synthesize() == ("second", 2)
    (project / "shared/names.py").write_text("NAME = 'first'")
    assert synthesize() == ("first", 2)


def test_a_synthesis_that_fails_says_why_and_leaves_nothing(project, synthesize):
    (project / "shared/names.py").write_text("NAME = 'first'\nraise SystemExit('the stack is wrong')")
    with pytest.raises(RuntimeError, match="the stack is wrong"):
        template_path(project, project / ".cache")
    assert list((project / ".cache").iterdir()) == []
