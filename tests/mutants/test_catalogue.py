"""The catalogue cannot rot: every bug fits the code as it is, and names tests that there are."""

from __future__ import annotations

import pytest

from tests.mutants.bug import Bug
from tests.mutants.catalogue import BUGS
from tests.mutants.workspace import ROOT


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_applies_once_and_compiles(bug: Bug) -> None:
    right = (ROOT / bug.file).read_text(encoding="utf-8")
    wrong = bug.applied(right)
    assert wrong != right
    compile(wrong, bug.file, "exec")


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_names_tests_that_there_are(bug: Bug) -> None:
    assert bug.tests or bug.killer != "named"
    for test in bug.tests:
        path, _, name = test.partition("[")[0].partition("::")
        assert (ROOT / path).exists()
        assert not name or f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_there_are_enough_bugs_and_each_is_another() -> None:
    assert len(BUGS) >= 140
    assert len({bug.name for bug in BUGS}) == len(BUGS)
    assert len({(bug.file, bug.old, bug.new) for bug in BUGS}) == len(BUGS)
    assert len({bug.file for bug in BUGS}) >= 30
    assert all(bug.file.startswith(("shared/", "functions/")) for bug in BUGS)


def test_a_bug_that_does_not_fit_is_an_error() -> None:
    bug = Bug("gone", "shared/aws/keys.py", "no such text", "")
    with pytest.raises(ValueError, match="occurs 0 times"):
        bug.applied("some text")
