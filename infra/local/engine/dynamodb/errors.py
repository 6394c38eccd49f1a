"""The refusals of DynamoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from infra.local.engine.errors import ServiceError


class ValidationError(ServiceError):
    """ValidationException: the request, or what it would make of an item, is not valid."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class SerializationError(ServiceError):
    """SerializationException: the JSON itself is not what the protocol has at that place. Told before anything else."""

    def __init__(self, message: str) -> None:
        super().__init__("SerializationException", message)


class InvalidActionError(ValidationError):
    """Well formed, but wrong for the table or for the item it meets. Alone it is a ValidationException; in a
    transaction it is its action's reason for the cancellation of all."""


def table_not_found() -> ServiceError:
    """No table has this name or ARN."""
    return ServiceError("ResourceNotFoundException", "Requested resource not found")


def condition_failed(item: Mapping[str, Any] | None) -> ServiceError:
    """The condition of a single write is false; `item` is what the caller asked to see."""
    extra = {} if item is None else {"Item": item}
    return ServiceError("ConditionalCheckFailedException", "The conditional request failed", extra=extra)


def transaction_cancelled(reasons: Sequence[Mapping[str, Any]]) -> ServiceError:
    """At least one action of the transaction cannot be done; one reason per action."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return ServiceError(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        extra={"CancellationReasons": list(reasons)},
    )


def idempotent_parameter_mismatch() -> ServiceError:
    """A token was used again for another transaction."""
    return ServiceError(
        "IdempotentParameterMismatchException",
        "The parameters given do not match those of an earlier request with the same client token",
    )
