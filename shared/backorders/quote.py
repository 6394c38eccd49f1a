"""A quote: the dates of an order that is not placed yet, held for ten minutes.

A quote fixes dates, not units or a place: who records first stands in front, and the limit of an item may still refuse.
It is kept nowhere but in the token that the shopper's storefront brings back, so it names lines by what is ordered
(SKU and quantity) and holds nothing about a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.backorders.estimate import Estimate, Wanted, check_items, estimate
from shared.backorders.model import Line, Promise
from shared.backorders.ports import Facts
from shared.kernel import ids
from shared.kernel.clock import from_micros, iso, micros
from shared.kernel.errors import Conflict, FieldError
from shared.promising.promise import end_of_day

VALID = timedelta(minutes=10)
POINTER = "/quote_token"
CAUSE = "quoted"


@dataclass(frozen=True)
class Quote:
    """The promises given for some lines until `expires_at` (microseconds).

    `lines` is a digest of what they are for; the promises follow the lines in order of SKU and quantity (see `_order`),
    so that an order may name its lines in another order than they were asked for.
    """

    expires_at: int
    lines: str
    promises: tuple[Promise, ...]

    def of(self, lines: Sequence[Wanted]) -> list[Promise] | None:
        """The promises in the order of these lines; None if they are not the lines of the quote."""
        if self.lines != _digest(lines) or len(self.promises) != len(lines):
            return None
        given = dict(zip(_order(lines), self.promises, strict=True))
        return [given[n] for n in range(len(lines))]


def quote(lines: Sequence[Wanted], facts: Facts, now: datetime) -> tuple[Quote, list[Estimate]]:
    """The dates these lines would get if they were recorded now. Raises Invalid for an item that does not exist."""
    check_items(lines, facts)
    estimates = estimate(lines, facts, now, CAUSE)
    promises = tuple(estimates[n].promise for n in _order(lines))
    return Quote(micros(now + VALID), _digest(lines), promises), estimates


def honoured(given: Quote, lines: Sequence[Wanted], estimates: Sequence[Estimate], asked_at: int) -> list[Promise]:
    """The first promises of an order that brings a quote, whatever the queue has become since.

    `asked_at` is when its recording began, in microseconds. Raises Conflict for an expired quote or one of other lines.
    What was quoted from stock has no date to hold: it is promised from stock, on the day it is ordered.
    """
    if asked_at > given.expires_at:
        expired = iso(from_micros(given.expires_at))
        raise Conflict.at(POINTER, f"the quote expired at {expired}; ask for a new one")
    promises = given.of(lines)
    if promises is None:
        raise Conflict(
            "the quote was given for other lines",
            errors=(
                FieldError(POINTER, "was given for other lines"),
                FieldError("/lines", "SKUs and quantities differ from those of the quote"),
            ),
        )
    return [_first(promise, now.promise) for promise, now in zip(promises, estimates, strict=True)]


def shown(line: Line) -> Promise | None:
    """What the shopper was shown of this line before the order; None without a quote."""
    first = line.first_promise
    return first if first is not None and first.cause == CAUSE else None


def altered() -> Conflict:
    """What a token is refused with that is not ours, or not as we gave it."""
    refused = Conflict.at(POINTER, "is not a quote of ours, or was altered; ask for a new one")
    assert isinstance(refused, Conflict)
    return refused


def _first(quoted: Promise, estimated: Promise) -> Promise:
    if quoted.basis != "stock":
        return replace(quoted, at=estimated.at)
    today = end_of_day(estimated.at)
    return replace(quoted, at=estimated.at, likely=today, by=today)


def _order(lines: Sequence[Wanted]) -> list[int]:
    """Numbers of the lines in order of SKU and quantity; equal ones as they come."""
    return sorted(range(len(lines)), key=lambda n: (lines[n].sku, lines[n].quantity, n))


def _digest(lines: Sequence[Wanted]) -> str:
    return ids.body_digest([[lines[n].sku, lines[n].quantity] for n in _order(lines)])
