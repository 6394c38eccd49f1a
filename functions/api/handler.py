"""HTTP API -> use cases -> JSON. One function for all routes: they share the table, the rules and the warm start."""

from __future__ import annotations

from typing import Any

from functions.api import routes
from shared.runtime import telemetry
from shared.runtime.http_door import Response, serve


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> Response:
    """Answer one request of the gateway (payload format 2.0)."""
    routes.load(str(event.get("routeKey")))
    return serve(event, context)
