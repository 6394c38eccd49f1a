"""A share of the traces; `make engines` plays all of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from infra.local.synth_cache import template_path
from infra.local.template import Template
from tests.engines import vocabulary
from tests.engines.generate import draw
from tests.engines.run import explore, others
from tests.engines.trace import INDEX, SPECIFICATION, STREAM
from tests.engines.vocabulary import Form

SHARE = 150
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_share_of_the_traces_has_the_same_answers_on_all_engines() -> None:
    with others() as engines:
        figures = explore(range(1, SHARE + 1), engines)
    assert [str(found) for _, found in figures.failures] == []
    assert figures.traces == SHARE
    assert sum(figures.operations.values()) > 10 * SHARE


def test_one_seed_is_one_trace_whatever_the_process() -> None:
    script = "from tests.engines.generate import draw; print(hash(str([str(s) for s in draw(7).steps])))"
    command = [sys.executable, "-c", script]
    hashes = {
        subprocess.run(
            command,
            capture_output=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": "0", "PYTHONPATH": ".", "NUMBER": str(n)},
        ).stdout
        for n in range(2)
    }
    assert len(hashes) == 1


def test_traces_have_everything_in_them() -> None:
    steps = [step for seed in range(1, 150) for step in draw(seed).steps]
    operations = {step.operation for step in steps}
    assert operations == {
        "PutItem", "UpdateItem", "DeleteItem", "GetItem", "BatchGetItem", "BatchWriteItem", "Query", "Scan",
        "TransactWriteItems", "TransactGetItems",
    }  # fmt: skip
    told = json.dumps([step.params for step in steps])
    for member in (
        "ExclusiveStartKey", "ScanIndexForward", "ConsistentRead", "ClientRequestToken", "FilterExpression",
        "ReturnValuesOnConditionCheckFailure", "list_append", "if_not_exists", "REMOVE", "ConditionCheck", INDEX,
    ):  # fmt: skip
        assert member in told, member


def clauses(forms: Iterable[Form]) -> set[str]:
    return {clause for form in forms for clause in vocabulary.clauses_of(form)}


@pytest.mark.slow
def test_the_service_uses_no_clause_that_the_recorded_forms_do_not_have() -> None:
    """If this fails: `python -m tests.engines --record`."""
    script = (
        "import json\nfrom tests.engines import vocabulary\nfrom tests.engines.test_engines import clauses\n"
        "print(json.dumps(sorted(clauses(vocabulary.recorded((1, 4)).values()))))"
    )  # in a process of its own: the handlers must not have been imported before time is virtual
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT, text=True)
    made = set(json.loads(done.stdout.splitlines()[-1]))
    assert len(made) > 10
    assert made - clauses(vocabulary.load()) == set()


def test_a_clause_of_another_kind_would_be_noticed() -> None:
    known = clauses(vocabulary.load())
    names, values = {"#a": "a", "#b": "b"}, {":v": "N"}
    usual = "SET #a = if_not_exists(#a, :v) + :v REMOVE #a.#b"
    assert clauses([Form("Update", True, {"UpdateExpression": usual}, names, values)]) <= known
    for other in ("SET #a = #b - :v", "ADD #a :v", "SET #a[0] = :v"):
        assert not clauses([Form("Update", True, {"UpdateExpression": other}, names, values)]) <= known


def test_the_traces_table_has_the_keys_index_and_stream_of_the_stacks() -> None:
    (table,) = Template.load(template_path()).of_type("AWS::DynamoDB::Table")
    properties = table.properties
    for name in ("KeySchema", "BillingMode"):
        assert properties[name] == SPECIFICATION[name]
    (index,) = properties["GlobalSecondaryIndexes"]
    (ours,) = SPECIFICATION["GlobalSecondaryIndexes"]
    assert {name: index[name] for name in ours} == ours
    assert properties["StreamSpecification"]["StreamViewType"] == STREAM["StreamViewType"]
