"""The engine against two independent ones: the same requests through the same clients have the same answers.

Where one is known to differ from AWS, the steps are listed with the reason; a listed difference that is no
longer there fails as well.
"""

from __future__ import annotations

import itertools

import pytest
from conftest import TABLE
from engine_contract_backends import engine_backend, ministack_backend, ministack_server, moto_backend, run
from engine_contract_scenarios import SCENARIOS

MOTO_GAPS: dict[tuple[str, int], str] = {}
MINISTACK_GAPS: dict[tuple[str, int], str] = {}


def assert_same(scenario: str, ours: list, theirs: list, gaps: dict[tuple[str, int], str]) -> None:
    for step, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        _, operation, params = SCENARIOS[scenario][step]
        if (scenario, step) in gaps:
            assert our != their, f"step {step} ({operation}) no longer differs: {gaps[scenario, step]}"
        else:
            assert our == their, f"step {step}: {operation} {str(params)[:300]}"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_moto_answers_the_same(scenario):
    with engine_backend(TABLE) as make:
        ours = run(make, SCENARIOS[scenario])
    with moto_backend(TABLE) as make:
        theirs = run(make, SCENARIOS[scenario])
    assert_same(scenario, ours, theirs, MOTO_GAPS)


@pytest.fixture(scope="module")
def ministack(tmp_path_factory):
    with ministack_server(tmp_path_factory.mktemp("ministack")) as url:
        yield url


accounts = itertools.count(100000000001)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_ministack_answers_the_same(ministack, scenario):
    with engine_backend(TABLE) as make:
        ours = run(make, SCENARIOS[scenario])
    with ministack_backend(ministack, str(next(accounts)), TABLE) as make:
        theirs = run(make, SCENARIOS[scenario])
    assert_same(scenario, ours, theirs, MINISTACK_GAPS)
