"""Event patterns match as EventBridge documents it."""

from __future__ import annotations

import pytest

from infra.local.patterns import compile_pattern
from infra.local.template import TemplateError

EVENT = {
    "source": "shop",
    "detail": {"kind": "order.recorded", "units": 12, "rush": True, "tags": ["red", "blue"], "note": None},
}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["shop"]},
        {"source": ["other", "shop"]},
        {"detail": {"units": [12]}},
        {"detail": {"rush": [True]}},
        {"detail": {"note": [None]}},
        {"detail": {"tags": ["blue"]}},
        {"detail": {"kind": [{"prefix": "order."}]}},
        {"detail": {"kind": [{"prefix": {"equals-ignore-case": "ORDER"}}]}},
        {"detail": {"kind": [{"suffix": ".recorded"}]}},
        {"detail": {"kind": [{"wildcard": "o*.re*ed"}]}},
        {"detail": {"kind": [{"equals-ignore-case": "Order.Recorded"}]}},
        {"detail": {"kind": [{"anything-but": ["order.cancelled"]}]}},
        {"detail": {"kind": [{"anything-but": {"prefix": "stock."}}]}},
        {"detail": {"units": [{"numeric": [">", 10, "<=", 12]}]}},
        {"detail": {"kind": [{"exists": True}]}},
        {"detail": {"missing": [{"exists": False}]}},
        {"$or": [{"source": ["other"]}, {"detail": {"units": [12]}}]},
        {"source": ["shop"], "detail": {"units": [12]}},
    ],
)
def test_an_event_matches(pattern):
    assert compile_pattern(pattern)(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["other"]},
        {"source": ["shop"], "detail": {"units": [13]}},
        {"detail": {"rush": [1]}},
        {"detail": {"units": ["12"]}},
        {"detail": {"missing": ["x"]}},
        {"detail": {"missing": [{"anything-but": ["x"]}]}},
        {"detail": {"tags": ["green"]}},
        {"detail": {"kind": [{"exists": False}]}},
        {"detail": {"kind": [{"numeric": ["=", 1]}]}},
        {"detail": {"units": [{"numeric": [">", 12]}]}},
        {"detail": {"kind": [{"anything-but": {"prefix": "order."}}]}},
        {"source": {"deep": ["shop"]}},
    ],
)
def test_an_event_does_not_match(pattern):
    assert not compile_pattern(pattern)(EVENT)


def test_numbers_in_a_stream_are_strings_and_never_match_a_numeric_condition():
    event = {"dynamodb": {"NewImage": {"units": {"N": "12"}}}}
    assert not compile_pattern({"dynamodb": {"NewImage": {"units": {"N": [{"numeric": [">", 1]}]}}}})(event)


@pytest.mark.parametrize("pattern", [{}, {"a": [{"cidr": "10.0.0.0/8"}]}, {"a": [{"prefix": "x", "suffix": "y"}]}])
def test_a_pattern_that_is_not_understood_is_refused(pattern):
    with pytest.raises(TemplateError):
        compile_pattern(pattern)


def test_lists_in_lists_are_looked_into_however_deep() -> None:
    event = {"kind": "wanted"}
    for _ in range(5_000):
        event = [event]
    assert compile_pattern({"kind": ["wanted"]})(event)
    assert not compile_pattern({"kind": ["other"]})(event)
