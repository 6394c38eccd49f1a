"""The engine against two independent ones: the same requests through the same clients have the same answers.

Where one is known to differ from AWS, the step is listed with the reason; a listed difference that is no longer
there fails as well.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from engine_contract_backends import engine_backend, ministack_backend, moto_backend, run
from engine_contract_scenarios import SCENARIOS

from tests.engines.servers import ministack_server

Gaps = dict[tuple[str, int], str]

MOTO_GAPS: Gaps = {
    ("index_keys", 1): "takes any type in an index key",
    ("numbers", 1): "keeps numbers as they were written",
    ("numbers", 2): "takes more than 38 digits",
    ("values", 1): "takes a set with the same element twice",
    ("update_return_values", 1): "returns a whole map where one member was updated",
    ("update_refusals", 7): "falls over an undefined name",
    ("comparisons", 7): "falls over an ordering of two types",
    ("condition_refusals", 2): "takes begins_with of a number",
    ("condition_refusals", 3): "takes unused values in a scan",
    ("condition_refusals", 5): "falls over an undefined name",
    ("in_with_101_operands", 0): "takes any number of operands of IN",
    ("query_limit_reached_exactly", 2): "looks ahead of the limit",
    ("query_one_megabyte", 5): "ends the page ahead of the item that reaches 1 MB; Amazon's own engine after it",
    ("query_refusals", 2): "compares a key with another type",
    ("query_refusals", 3): "answers ResourceNotFoundException for an unknown index",
    ("filter_on_a_key", 0): "filters on keys",
    ("batches", 5): "puts and deletes one item in a batch",
    ("batch_write_of_26", 0): "takes more than 25 writes",
    ("transaction_token", 1): "ignores ClientRequestToken",
    ("transaction_token", 2): "ignores ClientRequestToken",
    ("transaction_over_4_mb", 0): "takes more than 4 MB",
    ("transaction_that_does_not_fit", 1): "answers ValidationException instead of a cancellation reason",
    ("capacity_of_writes", 0): "counts one unit for any write",
    ("capacity_of_writes", 1): "counts one unit for any write",
    ("capacity_of_writes", 2): "counts half a unit for any update",
    ("capacity_of_writes", 3): "counts one unit for any write",
    ("capacity_of_reads", 1): "counts half a unit for any read",
    ("capacity_of_reads", 2): "counts half a unit for any read",
    ("capacity_of_a_transaction", 0): "does not report a transaction's capacity",
    ("sqs_fifo_refusals", 3): "takes a deduplication id on a standard queue",
}

MINISTACK_GAPS: Gaps = {
    ("set_arithmetic", 3): "adds a number to a text and changes nothing",
    ("remove", 1): "removes list elements one after the other, so that the second index has moved",
    ("remove", 2): "shows the list of the step before",
    ("remove", 3): "shows the list of the step before",
    ("update_refusals", 2): "takes overlapping paths",
    ("update_refusals", 3): "takes overlapping paths",
    ("update_refusals", 8): "takes a clause twice",
    ("condition_refusals", 0): "does not parse the filter of an empty table",
    ("condition_refusals", 1): "does not parse the filter of an empty table",
    ("condition_refusals", 4): "does not parse the filter of an empty table",
    ("in_with_101_operands", 0): "takes any number of operands of IN",
    ("query_one_megabyte", 5): "ends the page ahead of the item that reaches 1 MB; Amazon's own engine after it",
    ("filter_on_a_key", 0): "filters on keys",
    ("transaction_that_does_not_fit", 1): "adds a number to a text and changes nothing",
    ("capacity_of_reads", 1): "counts one item as 4 KB",
    ("capacity_of_reads", 2): "counts one item as 4 KB",
    ("capacity_of_reads", 3): "counts one item as 4 KB",
    ("capacity_of_a_transaction", 0): "does not double the index writes of a transaction",
    ("sqs_send_receive_delete", 4): "refuses to delete a message twice",
    ("sqs_delay", 3): "takes any delay",
    ("sqs_batch_partial_failure", 0): "takes any delay",
    ("sqs_fifo_refusals", 3): "takes a deduplication id on a standard queue",
    ("events", 1): "takes any text as the detail of an event",
}


DIRECT_GAPS: Gaps = {
    ("values", 4): "answers binary values as text",
    ("sqs_send_receive_delete", 1): "answers binary values as text",
}


def services_of(scenario: str) -> set[str]:
    return {service for service, _, _ in SCENARIOS[scenario]}


def assert_same(scenario: str, ours: list[Any], theirs: list[Any], gaps: Gaps) -> None:
    for step, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        _, operation, params = SCENARIOS[scenario][step]
        if (scenario, step) in gaps:
            assert our != their, f"step {step} ({operation}) no longer differs: {gaps[scenario, step]}"
        else:
            assert our == their, f"step {step}: {operation} {str(params)[:300]}"


def run_on_engine(scenario: str, table: dict[str, Any], *, direct: bool = False) -> list[Any]:
    with engine_backend(table, direct=direct) as make:
        return run(make, SCENARIOS[scenario])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_engine_answers_the_same_without_the_wire(scenario, table_properties):
    wired = run_on_engine(scenario, table_properties)
    direct = run_on_engine(scenario, table_properties, direct=True)
    assert_same(scenario, wired, direct, DIRECT_GAPS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_moto_answers_the_same(scenario, table_properties):
    ours = run_on_engine(scenario, table_properties)
    with moto_backend(table_properties, services_of(scenario)) as make:
        theirs = run(make, SCENARIOS[scenario])
    assert_same(scenario, ours, theirs, MOTO_GAPS)


@pytest.fixture(scope="module")
def ministack(tmp_path_factory):
    with ministack_server(tmp_path_factory.mktemp("ministack")) as url:
        yield url


accounts = itertools.count(100000000001)


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_ministack_answers_the_same(ministack, scenario, table_properties):
    ours = run_on_engine(scenario, table_properties)
    account = str(next(accounts))
    with ministack_backend(ministack, account, table_properties, services_of(scenario)) as make:
        theirs = run(make, SCENARIOS[scenario])
    assert_same(scenario, ours, theirs, MINISTACK_GAPS)


@pytest.mark.parametrize("gaps", [DIRECT_GAPS, MOTO_GAPS, MINISTACK_GAPS], ids=["direct", "moto", "ministack"])
def test_every_listed_difference_names_a_step(gaps):
    assert all(step < len(SCENARIOS[scenario]) for scenario, step in gaps)
