"""Requests made up from the API's own description, right and wrong ones, through the whole chain of the local runner."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from infra.local import control
from infra.local.http_messages import Request
from shared.audit import check_table
from tests.functions import known
from tests.functions.documented import document
from tests.functions.scene import ORDER, Shop, again, opened

# All checks of the tool are on (those about what follows a DELETE have nothing to look at). Some refusals are fitting
# here that it does not know as such: 412 (the If-Match is stale), 428 (it is missing), 413 (too large), and 422 for a
# request that is right in itself; for which rules, `known.RULES` says.
CONFIG = {
    "seed": 1,
    "checks": {
        "missing_required_header": {"expected-statuses": [400, 428]},
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 409, 412, 413, 422, 428]},
        "positive_data_acceptance": {"expected-statuses": ["2xx", 409, 412, 422]},
    },
    # Of all characters only these can be told printable by a pattern.
    "generation": {"codec": "latin-1"},
}

_open: list[Shop] = []
_aimed = count()


StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The gateway as a WSGI application."""
    given = {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        given["content-type"] = environ["CONTENT_TYPE"]
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size) if size else b""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/")
    target = f"{path}?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else path
    response = _open[0].world.handle(Request(environ["REQUEST_METHOD"], target, tuple(given.items()), body))
    start_response(f"{response.status} -", list(response.headers))
    return [response.body]


@schemathesis.serializer("application/x-ndjson")
def _lines(_context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@schemathesis.serializer("application/xml")
def _document(_context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module", autouse=True)
def _shop() -> Iterator[None]:
    """One shop for all: the more there is in it, the more may go wrong."""
    shop = opened()
    with shop.world:
        _open[:] = [shop]
        yield
    _open.clear()


def _described() -> Any:
    """The API's description. The tool tries doors without a token only where it knows that a header carries it."""
    copied = copy.deepcopy(document())
    copied["components"]["securitySchemes"]["token"] = {"type": "http", "scheme": "bearer"}
    return copied


api = schemathesis.openapi.from_dict(_described(), config=SchemathesisConfig.from_dict(CONFIG))
api.app = app


@pytest.mark.slow
@api.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_what_its_description_promises(case: Any) -> None:
    shop, positive = _open[0], case.meta.generation.mode.is_positive
    if positive:
        _aim(case, shop)
    response = case.call_and_validate(headers={"Authorization": f"Bearer {shop.token('both')}"})
    if response.headers.get("content-type", [""])[0].startswith("text/html"):
        return
    if positive and response.status_code == 422 and case.path != "/v1/imports":  # whose rows are but a text
        problem = response.json()
        reasons = [error["detail"] for error in problem["errors"]] or [problem["detail"]]
        assert [reason for reason in reasons if not any(rule in reason for rule in known.RULES)] == []


def _aim(case: Any, shop: Shop) -> None:
    """Let a request that is right in itself find what it names; now and then something fresh."""
    shop.calls += 1
    if case.method in {"POST", "PATCH"} and "{" in case.path and next(_aimed) % 10 == 0:
        again(shop, {**ORDER, "order_id": f"again-{shop.calls}"})
    if case.path.startswith("/v1/webhooks/"):
        shop.ok("operations", "PUT", f"/v1/webhooks/{known.WEBHOOK}", {"url": known.VALUES["url"]})
    case.path_parameters = known.path_parameters(case.path, shop.names)
    case.query.pop("cursor", None)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"fuzz-{shop.calls}"
    if "If-Match" in case.headers and shop.calls % 5:
        case.headers["If-Match"] = shop.version() if case.method == "PATCH" else "1"
    if case.path == "/v1/supplier-documents":
        case.body = known.supplier_document(case.media_type, shop.names["po"])
    elif isinstance(case.body, dict):
        case.body = known.body(case.body, shop.calls)


@pytest.mark.slow
def test_afterwards_the_books_are_right_and_nothing_was_given_up() -> None:
    world = _open[0].world
    world.settle()
    tables = [world.engine.dynamodb.table(one.name) for one in world.template.of_type("AWS::DynamoDB::Table")]
    assert check_table(item for table in tables for item in table.items()) == []
    assert list(control.dead_letters(world)) == []
