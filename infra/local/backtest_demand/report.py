"""The result as a table, and as one last line for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from infra.local.backtest_demand.baselines import BASELINES
from infra.local.backtest_demand.trial import MODEL, Result
from infra.local.demo.book import OrderBook

_PERCENT = (50, 90)


def figures(result: Result) -> dict[str, Any]:
    """All figures by name: losses in units per forecast, shares between 0 and 1."""
    count = result.count
    found: dict[str, Any] = {
        "n": count,
        "items": len(result.items),
        "origins": len(result.plan.origins),
        "horizon_days": result.plan.horizon,
        "cut": date.fromordinal(result.plan.origins[0]).isoformat(),
        "last_origin": date.fromordinal(result.plan.origins[-1]).isoformat(),
        "share_without_demand": _rounded(result.nothing / count),
    }
    model = result.scores[MODEL]
    found |= _named("pinball", model.loss, count) | _named("coverage", model.covered, count)
    found |= _named("claimed_coverage", result.claimed, count) | _named("scaled_pinball", model.scaled, count)
    for name in BASELINES:
        score = result.scores[name]
        found |= _named(f"{name}_pinball", score.loss, count) | _named(f"{name}_coverage", score.covered, count)
        found |= _named(f"{name}_scaled_pinball", score.scaled, count)
    return found


def _named(name: str, sums: list[float] | list[int], count: int) -> dict[str, float]:
    return {f"{name}_{percent}": _rounded(total / count) for percent, total in zip(_PERCENT, sums, strict=True)}


def _rounded(value: float) -> float:
    return round(value, 4)


def last_line(result: Result) -> str:
    """`BACKTEST {json}`."""
    return "BACKTEST " + json.dumps(figures(result))


def render(book: OrderBook, result: Result) -> str:
    """The whole report, its last line included."""
    return "\n".join((*_read(book), *_tried(figures(result)), *_table(result), last_line(result)))


def _read(book: OrderBook) -> Iterator[str]:
    yield f"What was read: {book.source}"
    for name, count in book.read.items():
        yield f"  {count:>9}  {name}"
    if +book.skipped:
        yield "  left out, rows:"
    for name, count in book.skipped.items():
        if count:
            yield f"  {count:>9}  {name}: {book.rules[name]}"
    for example in book.examples:
        yield f"  for example {example}"
    yield ""


def _tried(found: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{found['n']} forecasts of {found['items']} items for {found['horizon_days']} days each, made on "
        f"{found['origins']} days from {found['cut']} to {found['last_origin']}; "
        f"in {found['share_without_demand']:.0%} of them nothing was asked for"
    )
    yield "Every forecast knows the days before it, and of other items only those of the half it is not scored on."
    yield ""


def _table(result: Result) -> Iterator[str]:
    count = result.count
    yield "                   pinball loss, units     of the item's mean      stayed within"
    yield "                       P50       P90         P50       P90         P50       P90"
    for name, score in result.scores.items():
        cells = [f"{total / count:9.3f}" for total in (*score.loss, *score.scaled)]
        shares = [f"{total / count:9.1%}" for total in score.covered]
        yield f"{name:<16}{cells[0]} {cells[1]}   {cells[2]} {cells[3]}   {shares[0]} {shares[1]}"
    claimed = [f"{total / count:.1%}" for total in result.claimed]
    yield f"The model itself gave {claimed[0]} and {claimed[1]}: whole units, and often none, cannot meet 50 % exactly."
    for name, meaning in BASELINES.items():
        yield f"  {name}: {meaning}"
    yield ""
