"""What stands between the table in memory and who calls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from botocore.exceptions import ClientError

T = TypeVar("T")


@dataclass(frozen=True)
class Read:
    """How a read goes wrong without failing: cut after so many, from an index so many changes behind."""

    cut: int | None = None
    behind: int = 0


class Door(Protocol):
    """Every call of the table goes through it."""

    def call(self, operation: str, do: Callable[[Read], T], several: int = 1) -> T:
        """What `do` returns, or what its caller hears instead."""


def refusal(code: str, operation: str, reasons: Sequence[str] = ()) -> ClientError:
    """The error botocore raises for an answer of DynamoDB."""
    answer: Any = {"Error": {"Code": code, "Message": code}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, operation)
