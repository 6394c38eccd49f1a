"""What a log or an answer must never show, whatever goes wrong around it: mistakes of the code itself."""

from __future__ import annotations

import json
from collections.abc import Iterator

from shared.runtime.metric_names import METRICS, NAMESPACE, VALUES
from tests.simulation.universe import Universe

Violation = tuple[str, str, str]

_MISTAKES = frozenset(
    {
        "ArithmeticError",
        "AssertionError",
        "AttributeError",
        "IndexError",
        "KeyError",
        "LookupError",
        "NameError",
        "NotImplementedError",
        "RecursionError",
        "RuntimeError",
        "StopIteration",
        "TypeError",
        "UnboundLocalError",
        "UnsupportedRequestError",
        "ValidationError",
        "ValueError",
        "ZeroDivisionError",
    }
)


def mistakes(universe: Universe) -> Iterator[Violation]:
    """Errors that are no answer to anything that AWS does, and rights that are missing."""
    for line in universe.world.output.lines:
        if '"ERROR"' not in line.line:
            continue
        shown = json.loads(line.line)
        kind = shown.get("error") or shown.get("errorType")
        if kind in _MISTAKES:
            yield "no_mistakes", line.function, f"{kind} at {(shown.get('frames') or ['?'])[-1]}"
    for text in universe.client.failed[universe.failed_before :]:
        yield "answers_when_all_is_well", "", text
    for text in universe.wire.denied:
        yield "rights_suffice", "", text
    yield from _strange_series(universe)


def _strange_series(universe: Universe) -> Iterator[Violation]:
    """Metrics with dimensions, or values of them, that are not on the list: each would be billed as one of its own."""
    for namespace, name, dimensions in universe.world.output.metrics.all_series():
        if namespace != NAMESPACE:
            continue
        named = dict(dimensions)
        listed = all(value in VALUES[by] for by, value in named.items() if by in VALUES)
        if name not in METRICS or set(named) != set(METRICS[name].dimensions) or not listed:
            yield "series_are_listed", name, str(named)
