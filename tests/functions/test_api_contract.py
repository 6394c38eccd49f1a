"""The operations, the stack's routes and the description of the API agree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.api import openapi, openapi_parameters, routes
from infra.routes import ROUTES
from shared.contracts.problems import Problem
from shared.runtime.http import REGISTRY, Operation
from tests.functions.documented import document
from tests.functions.service import Service

KEYS = [operation.key for operation in REGISTRY]


def test_every_route_of_the_stack_has_an_operation_and_the_other_way_round() -> None:
    assert sorted(KEYS) == sorted(route.key for route in ROUTES)


def test_an_operation_admits_the_scopes_its_route_admits() -> None:
    scopes = {route.key: {scope.removeprefix("backorders/") for scope in route.scopes} for route in ROUTES}
    differing = {one.key for one in REGISTRY if one.key in scopes and set(one.scopes) != scopes[one.key]}
    assert differing == set()


def test_every_module_of_the_api_is_registered() -> None:
    folder = Path(str(routes.__file__)).parent
    others = {"__init__", "handler", "routes"}
    with_operations = {
        path.stem
        for path in folder.glob("*.py")
        if path.stem not in others and "@operation(" in path.read_text("utf-8")
    }
    assert {operation.run.__module__.rsplit(".", 1)[-1] for operation in REGISTRY} >= with_operations


@pytest.mark.parametrize("operation", REGISTRY, ids=lambda operation: operation.key)
def test_a_cold_start_loads_the_operation_of_its_first_request(operation: Operation) -> None:
    area = routes.area_of(operation.key)
    assert operation.run.__module__.rsplit(".", 1)[-1] in area.__code__.co_names


def test_what_no_area_serves_loads_them_all() -> None:
    for key in ("GET /v1/nothing", "$default", "GET /", "None"):
        assert routes.area_of(key) is routes.load_all


@pytest.mark.slow
def test_only_the_area_of_the_first_request_is_loaded() -> None:
    code = "from functions.api import routes; routes.load('POST /v1/backorders'); import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "functions.api.backorders" in loaded
    assert not loaded & {"functions.api.purchasing", "functions.api.simulations", "shared.rehearsal.simulate"}


def test_the_stored_description_is_the_one_the_code_generates() -> None:
    for path in openapi.COPIES:
        assert path.read_text(encoding="utf-8") == openapi.text(), (
            f"run `python -m functions.api.openapi` ({path.name})"
        )


def test_the_description_is_served_as_it_is_stored(service: Service) -> None:
    reply = service.call("GET", "/v1/openapi.json", scopes=None)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.json == document()


def test_health_needs_no_token_and_no_table(service: Service) -> None:
    reply = service.call("GET", "/v1/health", scopes=None)
    assert (reply.status, reply.json) == (200, {"status": "ok", "stage": "test"})
    assert service.engine.meter.by_operation() == {}


def test_every_reference_in_the_description_leads_somewhere() -> None:
    text = openapi.text()
    for reference in set(re.findall(r'"#/([^"]+)"', text)):
        found: Any = document()
        for step in reference.split("/"):
            found = found[step]


def test_operation_ids_are_unique_and_everything_has_a_summary() -> None:
    operations = [one for path in document()["paths"].values() for one in path.values()]
    ids = [one["operationId"] for one in operations]
    assert len(set(ids)) == len(ids)
    assert all(one["summary"] for one in operations)


@pytest.mark.parametrize("operation", REGISTRY, ids=lambda one: one.key)
def test_every_query_parameter_is_described(operation: Operation) -> None:
    assert [name for name in operation.query if name not in openapi_parameters.QUERY] == []


@pytest.mark.parametrize("operation", REGISTRY, ids=lambda one: one.key)
def test_the_gateways_own_answers_are_described_as_messages(operation: Operation) -> None:
    responses = document()["paths"][operation.path][operation.method.lower()]["responses"]
    assert "429" in responses
    assert ("401" in responses) == bool(operation.scopes)
    throttled = document()["components"]["responses"]["Refused429"]["content"]
    assert list(throttled) == ["application/json"]


def test_the_shape_of_a_problem_names_all_its_members() -> None:
    assert set(document()["components"]["schemas"]["Problem"]["required"]) == set(Problem.model_fields)


def test_a_post_without_a_natural_key_takes_an_idempotency_key_like_every_other() -> None:
    for operation in REGISTRY:
        parameters = document()["paths"][operation.path][operation.method.lower()].get("parameters", [])
        has = any(one["name"] == "Idempotency-Key" and one["required"] for one in parameters)
        assert has == (operation.method == "POST" and operation.path.startswith("/v1/")), operation.key
