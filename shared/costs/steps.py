"""The steps in the life of a line, and which of them a function or a route works for."""

from __future__ import annotations

STEPS = ("record", "plan", "receive", "allocate", "release", "ship", "notify")

_OF_ROUTE = {
    "POST /v1/backorders": "record",
    "POST /v1/receipts": "receive",
    "POST /v1/releases/{release_id}/ship": "ship",
}
_OF_SERVICE = {
    "record-backorders": "record",
    "tally-demand": "plan",
    "plan-purchase-orders": "plan",
    "send-purchase-orders": "plan",
    "allocate-stock": "allocate",
    "release-orders": "release",
    "notify-customers": "notify",
}


def step_of(service: str, route: str | None = None) -> str | None:
    """The step that an invocation works for, by the function's name and the route of a request (method and path, as
    the gateway names it); None for what no line pays for by itself: the outbox, the audit, a page that is looked at."""
    return _OF_SERVICE.get(service) if route is None else _OF_ROUTE.get(route)
