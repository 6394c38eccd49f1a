"""Routes about the service itself: its description, and whether it is there."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared.contracts.meta import Health
from shared.runtime import environment
from shared.runtime.http import JSON, PUBLIC, Answer, Call, operation

DOCUMENT = Path(__file__).with_name("openapi.json")


@operation("GET", "/v1/openapi.json", scopes=PUBLIC, summary="This description, as OpenAPI 3.1", answers={200: None})
def openapi(call: Call) -> Answer:  # noqa: ARG001 - every operation takes the call
    return Answer(_document(), headers={"Content-Type": JSON})


@operation("GET", "/v1/health", scopes=PUBLIC, summary="The API answers", answers={200: Health})
def health(call: Call) -> Answer:
    """Says that the function runs and what it was wired to; it reads nothing, so that it costs nothing."""
    return Answer({"status": "ok", "stage": call.container.environment[environment.STAGE]})


@cache
def _document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")
