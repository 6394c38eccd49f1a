"""Requests made up from the API's own description, right and wrong ones, against the real handler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, missing_required_header, positive_data_acceptance

from tests.functions.documented import document
from tests.functions.service import BOTH, Service, running
from tests.replay import seed

# What the description cannot say is left out: rules between fields, and that scopes are the gateway's business.
# A missing If-Match is 428, which the tool does not count as a refusal.
LEFT_OUT = [positive_data_acceptance, ignored_auth, missing_required_header]

_current: list[Service] = []

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The API as a WSGI application, called by a client with both scopes."""
    given = {name[5:].replace("_", "-").lower(): text for name, text in environ.items() if name.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        given["content-type"] = environ["CONTENT_TYPE"]
    given.setdefault("idempotency-key", "")
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(size) if size else None
    path = quote(environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"), safe="/")
    query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
    reply = _current[0].call(environ["REQUEST_METHOD"], path + query, body, scopes=BOTH, headers=given)
    start_response(f"{reply.status} -", list(reply.headers.items()))
    return [reply.text.encode()]


@schemathesis.serializer("application/x-ndjson")
def _lines(_context: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    """One account for all: the more there is in it, the more may go wrong."""
    with running() as service:
        seed.allocated(service)
        _current[:] = [service]
        yield
    _current.clear()


api = schemathesis.openapi.from_dict(document())
api.app = app


@pytest.mark.slow
@api.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_what_its_description_promises(case: Any) -> None:
    case.call_and_validate(excluded_checks=LEFT_OUT)
