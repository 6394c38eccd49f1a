"""Errors on the wire: ours, and the gateway's own."""

from __future__ import annotations

from pydantic import Field

from shared.contracts.common import Model


class WrongField(Model):
    """One field that is wrong."""

    pointer: str = Field(description="JSON pointer into the body, or the name of a header or parameter")
    detail: str
    row: int | None = Field(None, description="row of an uploaded table, counted from 1 without the header")


class Problem(Model):
    """RFC 9457. Every answer of ours that is not 2xx has this shape."""

    type: str = Field(description="stable identity of the kind of problem, e.g. urn:backorders:problem:limit-exceeded")
    title: str
    status: int
    detail: str
    instance: str = Field(description="the path that was asked for")
    errors: list[WrongField]
    trace_id: str = Field(description="finds the request in the logs")


class GatewayMessage(Model):
    """What the gateway itself answers: no or a wrong token, too many requests, too large a request, no function."""

    message: str
