"""Every refusal and failure of the service, as one tree.

ServiceError
├── Invalid                 422  a field is wrong; nothing was written
│   ├── Malformed           400  the request cannot be read (JSON, headers)
│   └── KeyReused           422  same Idempotency-Key, other body
├── Forbidden               403  the caller's scope does not cover this
├── NotFound                404
├── Conflict                409  the rules of the domain say no
│   ├── LimitExceeded       409  backorder limit of an item (also out of stock, discontinued)
│   ├── NothingToDo         409  nothing could be cancelled, switched, shipped
│   └── InProgress          409  the same request is still running; retry later
├── PreconditionFailed      412  stale If-Match
├── PreconditionRequired    428  If-Match missing
└── Unavailable             503  throttled or contended; retry later
    └── Contended           503  a conditional write lost too often; undecided, never refused
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One wrong field: JSON pointer into the body (or header name) and what is wrong with it.

    In an uploaded table `row` counts the rows from 1, and the pointer leads into that row.
    """

    pointer: str
    detail: str
    row: int | None = None


class ServiceError(Exception):
    """Base of the tree. `code` is stable and ends the problem's `type` URI; `status` is the HTTP status."""

    code = "internal"
    title = "Something went wrong on our side"
    status = 500

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = (), retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after

    @classmethod
    def at(cls, pointer: str, detail: str) -> ServiceError:
        """The same error, naming the one field it is about."""
        return cls(f"{pointer}: {detail}" if pointer else detail, errors=(FieldError(pointer, detail),))


class Invalid(ServiceError):
    code, title, status = "invalid", "The request is not valid", 422


class Malformed(Invalid):
    code, title, status = "malformed", "The request cannot be read", 400


class KeyReused(Invalid):
    code, title, status = "key-reused", "The Idempotency-Key was used with another body", 422


class Forbidden(ServiceError):
    code, title, status = "forbidden", "The token's scope does not cover this", 403


class NotFound(ServiceError):
    code, title, status = "not-found", "There is no such thing", 404


class Conflict(ServiceError):
    code, title, status = "conflict", "The present state does not allow this", 409


class LimitExceeded(Conflict):
    code, title = "limit-exceeded", "The item cannot be backordered in this quantity"


class NothingToDo(Conflict):
    code, title = "nothing-to-do", "Nothing could be changed"


class InProgress(Conflict):
    code, title = "in-progress", "The same request is still being carried out"


class PreconditionFailed(ServiceError):
    code, title, status = "stale", "The resource has changed since it was read", 412


class PreconditionRequired(ServiceError):
    code, title, status = "if-match-required", "If-Match is required", 428


class Unavailable(ServiceError):
    code, title, status = "unavailable", "Please try again shortly", 503


class Contended(Unavailable):
    code, title = "contended", "Too many writers at once; undecided, please try again"
