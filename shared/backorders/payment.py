"""How an order is paid, and when an authorisation will not last until it is needed.

Money is captured when units are released, not earlier; card authorisations often end before. One that would is flagged
when it becomes known, so that the shop can ask the shopper in time.
"""

from __future__ import annotations

from collections.abc import Iterable

from shared.backorders.model import Entry, Line
from shared.kernel.clock import from_micros, iso, micros, parse_iso

NOTED = "payment"
"""In the log of an order: a payment was reported."""

Payment = dict[str, str]
"""`mode`; `authorisation_expires_at`; `status` as last reported; `reauthorise`: why a new authorisation is due
(`expires` or `failed`), with `needed_at` (the expected release) or `place_kept_until`. Times are RFC 3339."""


_FLAGS = frozenset({"reauthorise", "needed_at", "place_kept_until"})


def unpaid(payment: Payment) -> bool:
    """Whether what was to be paid before was not, as far as it was last reported: nothing goes back, and nothing that
    could be captured is held."""
    return payment.get("mode") == "prepaid" and payment.get("status") == "failed"


def paid_and_given_up(payment: Payment, log: Iterable[Entry], brought: int = 0) -> int:
    """Units of a line of a deferred order that were given up although its customer had paid for them: the money was
    captured when they were handed to the warehouse, from where they came back (recalled, or not found). `brought` had
    come back before they were switched to this line."""
    given_up = _came_back(log, brought)[1]
    return given_up if payment.get("status") in {"captured", "refunded"} else 0


def brought_along(line: Line, units: int) -> int:
    """How many of the units that are about to be switched had been handed to the warehouse: what was captured for them
    goes with them to the new line."""
    return min(units, _came_back(line.log, line.brought)[0])


def _came_back(log: Iterable[Entry], brought: int) -> tuple[int, int]:
    """Units of a line that came back from the warehouse: those it still has, and those that were cancelled since."""
    handed, most, given_up = 0, brought, 0
    for entry in log:
        if entry.target == "released":
            handed += entry.units
        elif entry.source == "released" and entry.target != "shipped":
            handed -= entry.units
        elif entry.target in {"cancelled", "switched"}:
            back = min(entry.units, most - handed)
            most, given_up = most - back, given_up + (back if entry.target == "cancelled" else 0)
        most = max(most, handed)
    return most - handed, given_up


def unflagged(payment: Payment) -> Payment:
    """The payment without what was found about its authorisation."""
    return {name: value for name, value in payment.items() if name not in _FLAGS}


def is_flagged(payment: Payment) -> bool:
    """Whether a new authorisation is due and the shop knows."""
    return "reauthorise" in payment


def expected_releases(lines: Iterable[Line]) -> list[int | None]:
    """When what waits will probably be released (microseconds; None: nobody can say)."""
    return [line.promise.likely if line.promise else None for line in lines if line.waiting]


def flagged(payment: Payment, releases: Iterable[int | None]) -> Payment:
    """The payment, flagged if its authorisation ends before the last of these expected releases (microseconds; None:
    nobody can say when). Prepaid orders and unlimited authorisations never are."""
    plain = unflagged(payment)
    expires = plain.get("authorisation_expires_at")
    if plain["mode"] != "deferred" or expires is None:
        return plain
    expected = list(releases)
    if any(at is None for at in expected):
        return plain | {"reauthorise": "expires"}
    last = max((at for at in expected if at is not None), default=0)
    if micros(parse_iso(expires)) >= last:
        return plain
    return plain | {"reauthorise": "expires", "needed_at": iso(from_micros(last))}
