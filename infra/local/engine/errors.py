"""What a service answers when it refuses a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ServiceError(Exception):
    """An error response of an AWS service.

    `code` is what a client finds in `e.response["Error"]["Code"]`, `status` the HTTP status, `extra` further
    members of the error's shape (`CancellationReasons`, `Item`). `shape` is the error's name in the
    service's model where that differs from the code, as it does for SQS.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        extra: Mapping[str, Any] | None = None,
        *,
        shape: str | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra: dict[str, Any] = dict(extra or {})
        self.shape = shape or code


class UnsupportedRequestError(NotImplementedError):
    """The request uses a part of AWS that this engine does not have.

    Never an AWS error response: code that needs more than the engine offers must fail loudly here instead
    of taking a refusal for an answer.
    """
