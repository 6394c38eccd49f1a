"""Requests made up from the API's own description, right and wrong ones, through the whole chain of the local runner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance, ignored_auth

from infra.local.http_messages import Request
from tests.functions.documented import document
from tests.functions.test_bad_input import Shop, opened

CONFIG = {"seed": 1, "checks": {"missing_required_header": {"expected-statuses": [400, 428, 401]}, "negative_data_rejection": {"expected-statuses": [400,401,403,404,405,409,412,413,422,428]}}}
_open: list[Shop] = []
seen: Counter = Counter()

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    given = {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        given["content-type"] = environ["CONTENT_TYPE"]
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size) if size else b""
    path = quote(environ["PATH_INFO"].encode("latin-1"), safe="/")
    target = f"{path}?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else path
    response = _open[0].world.handle(Request(environ["REQUEST_METHOD"], target, tuple(given.items()), body))
    seen[response.status] += 1
    start_response(f"{response.status} -", list(response.headers))
    return [response.body]


@schemathesis.serializer("application/x-ndjson")
def _lines(_context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module", autouse=True)
def _shop() -> Iterator[None]:
    shop = opened()
    with shop.world:
        _open[:] = [shop]
        yield
    _open.clear()
    print(seen)


api = schemathesis.openapi.from_dict(document(), config=SchemathesisConfig.from_dict(CONFIG))
api.app = app


@pytest.mark.slow
@api.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_what_its_description_promises(case: Any) -> None:
    token = _open[0].token("both")
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=[positive_data_acceptance])
