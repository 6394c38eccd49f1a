"""A deployment loses nothing: what the stack remembers is frozen, and what would lose it is told."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.infra import stateful

Resources = dict[str, Any]


@pytest.fixture(scope="module")
def resources() -> Resources:
    return stateful.present()


def test_nothing_that_the_stack_remembers_is_lost_by_deploying_it(resources: Resources) -> None:
    told = list(stateful.losses(json.loads(stateful.FROZEN.read_text()), stateful.frozen(resources)))
    meant = f"If that is meant, say in the release notes how the data moves, then run {stateful.COMMAND}"
    assert not told, "\n".join([*told, meant])


def test_of_every_type_somebody_has_said_whether_it_remembers(resources: Resources) -> None:
    assert stateful.unknown_types(resources) == set()


def test_what_cannot_be_had_again_is_kept_whatever_happens_to_the_stack(resources: Resources) -> None:
    frozen = stateful.frozen(resources)
    kept = {one["type"] for one in frozen.values() if (one["deletion"], one["replacement"]) == ("Retain", "Retain")}
    assert kept == {"AWS::Cognito::UserPool", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"}


def _first(resources: Resources, kind: str, beginning: str = "") -> str:
    return next(k for k, r in resources.items() if r["Type"] == kind and k.startswith(beginning))


def _renamed(resources: Resources) -> None:
    resources[_first(resources, "AWS::DynamoDB::Table")]["Properties"]["TableName"] = "backorders"


def _other_key(resources: Resources) -> None:
    resources[_first(resources, "AWS::DynamoDB::Table")]["Properties"]["KeySchema"][1]["AttributeName"] = "sort"


def _other_index(resources: Resources) -> None:
    table = resources[_first(resources, "AWS::DynamoDB::Table")]
    table["Properties"]["GlobalSecondaryIndexes"][0]["Projection"]["ProjectionType"] = "ALL"


def _other_images(resources: Resources) -> None:
    table = resources[_first(resources, "AWS::DynamoDB::Table")]
    table["Properties"]["StreamSpecification"]["StreamViewType"] = "NEW_IMAGE"


def _let_go(resources: Resources) -> None:
    del resources[_first(resources, "AWS::Cognito::UserPool")]["DeletionPolicy"]


def _other_secret(resources: Resources) -> None:
    secret = resources[_first(resources, "AWS::SecretsManager::Secret")]
    secret["Properties"]["GenerateSecretString"]["PasswordLength"] = 32


def _other_queue(resources: Resources) -> None:
    key = _first(resources, "AWS::SQS::Queue", "AllocateStockQueue")
    resources[key]["Properties"]["FifoQueue"] = False


def _moved(resources: Resources) -> None:
    resources["StoresTable"] = resources.pop(_first(resources, "AWS::DynamoDB::Table"))


def _other_kind(resources: Resources) -> None:
    resources[_first(resources, "AWS::DynamoDB::Table")]["Type"] = "AWS::SQS::Queue"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_renamed, 'every order, unit and promise) would be replaced or lose data: TableName is "backorders" and was'),
        (_other_key, "would be replaced or lose data: KeySchema is "),
        (_other_index, "would be replaced or lose data: GlobalSecondaryIndexes is "),
        (_other_images, "would be replaced or lose data: StreamSpecification is "),
        (_let_go, "would no longer be kept when it is deleted: Retain became Delete"),
        (_other_secret, "what signed every link that was mailed) would be replaced or lose data: GenerateSecretString"),
        (_other_queue, "would be replaced or lose data: FifoQueue is false and was true"),
        (_moved, "would be deleted: it is gone from the stack, or has another logical id"),
        (_other_kind, "would become another kind of thing, AWS::SQS::Queue"),
    ],
)
def test_a_change_that_would_lose_something_says_what(
    resources: Resources, change: Callable[[Resources], None], sentence: str
) -> None:
    altered = copy.deepcopy(resources)
    change(altered)
    told = list(stateful.losses(stateful.frozen(resources), stateful.frozen(altered)))
    assert any(sentence in one for one in told), told


def test_what_may_be_tuned_is_not_frozen(resources: Resources) -> None:
    altered = copy.deepcopy(resources)
    table = altered[_first(altered, "AWS::DynamoDB::Table")]["Properties"]
    table["OnDemandThroughput"] = {"MaxReadRequestUnits": 40_000}
    table["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] = {"MaxReadRequestUnits": 40_000}
    altered[_first(altered, "AWS::SQS::Queue", "AllocateStockQueue")]["Properties"]["VisibilityTimeout"] = 1_000
    assert list(stateful.losses(stateful.frozen(resources), stateful.frozen(altered))) == []


def test_something_new_that_remembers_is_to_be_frozen(resources: Resources) -> None:
    frozen = stateful.frozen(resources)
    before = {key: one for key, one in frozen.items() if one["type"] != "AWS::Events::Archive"}
    (told,) = stateful.losses(before, frozen)
    assert told.endswith(f"is new and not frozen yet: {stateful.COMMAND}")
