"""Every known gap of the other engines is still there: a version that closes one is noticed, and its row removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engines import examples, report
from tests.engines.comparison import Difference, Match
from tests.engines.gaps import explain
from tests.engines.gaps_ministack import MINISTACK
from tests.engines.gaps_moto import MOTO
from tests.engines.trace import Outcome, Step
from tests.engines.wires import Ours, Wire, ministack, moto

EXAMPLES = examples.load()


@pytest.fixture(scope="module")
def the_ministack() -> Iterator[Wire]:
    with ministack() as wire:
        yield wire


def seen(engine: Wire, gap: str) -> set[str]:
    """The gaps that the example of a gap shows."""
    trace = EXAMPLES[engine.name, gap]
    return {str(found.gap) for found in Match(Ours(), [engine], explain).play(trace)}


@pytest.mark.parametrize("gap", [gap.name for gap in MOTO])
def test_moto_still_does_otherwise(gap: str) -> None:
    with moto() as engine:
        assert gap in seen(engine, gap), f"closed: remove the row {gap!r} of gaps_moto.py and its example"


@pytest.mark.parametrize("gap", [gap.name for gap in MINISTACK])
def test_ministack_still_does_otherwise(gap: str, the_ministack: Wire) -> None:
    assert gap in seen(the_ministack, gap), f"closed: remove the row {gap!r} of gaps_ministack.py and its example"


@pytest.mark.parametrize(
    ("expression", "ministacks", "motos"),
    [
        ("SET a.b = :v", None, "members of what has none"),
        ("REMOVE a.b", "paths that lead nowhere", None),
    ],
)
def test_one_of_the_engines_always_tells_a_path_that_we_refuse_by_mistake(
    expression: str, ministacks: str | None, motos: str | None
) -> None:
    step = Step("UpdateItem", {"UpdateExpression": expression})
    ours = Outcome(
        "ValidationException", {}, "The document path provided in the update expression is invalid for update"
    )
    told = [explain(Difference(name, "answer", 0, step, ours, Outcome("", {}))) for name in ("ministack", "moto")]
    assert told == [ministacks, motos]


def test_every_gap_has_an_example_and_the_reverse() -> None:
    assert set(EXAMPLES) == {(gap.engine, gap.name) for gap in report.GAPS}


def test_no_two_rows_have_the_same_name() -> None:
    assert len({(gap.engine, gap.name) for gap in report.GAPS}) == len(report.GAPS)


def test_the_page_has_the_table_of_gaps() -> None:
    text = report.PAGE.read_text(encoding="utf-8")
    assert report.replaced(text, "gaps", report.gap_table()) == text, "python -m tests.engines --traces 0 --document"
