"""What several doors count alike: orders taken or refused, units given up."""

from __future__ import annotations

from collections.abc import Sequence

from shared.backorders.model import Line
from shared.kernel.errors import Conflict, Forbidden, Invalid, LimitExceeded, ServiceError
from shared.runtime import telemetry
from shared.runtime.http import Caller

_REASONS: tuple[tuple[type[ServiceError], str], ...] = (
    (LimitExceeded, "limit"),
    (Conflict, "conflict"),
    (Forbidden, "not_allowed"),
    (Invalid, "invalid"),
)
"""The first that fits."""


def count_recorded(lines: Sequence[Line], channel: str) -> None:
    """An order was accepted. Whether a line was on the shelf is what its first promise says."""
    filled = sum(line.first_promise is not None and line.first_promise.basis == "stock" for line in lines)
    telemetry.count("BackordersRecorded", channel=channel)
    telemetry.count("LinesRecorded", len(lines))
    telemetry.handled(len(lines))
    telemetry.count("LinesFromStock", filled)
    telemetry.count("OrdersFromStock", int(filled == len(lines)))
    telemetry.took("TimeToFirstPromise")


def count_refused(error: ServiceError) -> None:
    """A valid order was turned down."""
    reason = next((name for kind, name in _REASONS if isinstance(error, kind)), "conflict")
    telemetry.count("BackordersRefused", reason=reason)


def count_cancelled(units: int, caller: Caller | None) -> None:
    """Units were given up; without a caller it was the customer, on the page of the order."""
    who = "customer" if caller is None else "operator" if caller.operations else "storefront"
    telemetry.count("UnitsCancelled", units, reason=who)
