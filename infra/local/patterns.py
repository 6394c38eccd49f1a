"""Event patterns, as EventBridge rules and event source filters use them.

A pattern is compiled once; an operator it does not know is an error then, not a silent mismatch later.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infra.local.template import TemplateError

Matcher = Callable[[Any], bool]

_ABSENT = object()
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_pattern(pattern: Mapping[str, Any]) -> Matcher:
    """A test for events (JSON values). Raises TemplateError for a pattern that is not understood."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise TemplateError(f"an event pattern is an object with members: {pattern!r}")
    tests: list[Matcher] = []
    for key, condition in pattern.items():
        if key == "$or":
            alternatives = [compile_pattern(alternative) for alternative in condition]
            tests.append(_any_of(alternatives))
        elif isinstance(condition, list):
            tests.append(_member(key, _leaf(condition)))
        else:
            tests.append(_member(key, compile_pattern(condition)))
    return lambda event: all(test(event) for test in tests)


def _any_of(tests: list[Matcher]) -> Matcher:
    return lambda value: any(test(value) for test in tests)


def _member(key: str, test: Matcher) -> Matcher:
    def matches(event: Any) -> bool:
        return any(test(one.get(key, _ABSENT) if isinstance(one, Mapping) else _ABSENT) for one in _items(event))

    return matches


def _items(value: Any) -> Iterator[Any]:
    """What lies in lists in lists, however deep senders nest them; what is no list is itself."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left += one
        else:
            yield one


def _leaf(conditions: list[Any]) -> Matcher:
    tests = [_condition(condition) for condition in conditions]

    def matches(value: Any) -> bool:
        values = value if isinstance(value, list) else [value]
        return any(test(item) for item in values for test in tests)

    return matches


def _condition(condition: Any) -> Matcher:
    if not isinstance(condition, Mapping):
        return lambda value: _same(value, condition)
    if len(condition) != 1:
        raise TemplateError(f"a pattern condition has one operator: {condition!r}")
    ((name, argument),) = condition.items()
    operators: dict[str, Callable[[Any], Matcher]] = {
        "exists": lambda wanted: lambda value: (value is not _ABSENT) == wanted,
        "prefix": _prefix,
        "suffix": _suffix,
        "equals-ignore-case": lambda text: _text(lambda value: value.casefold() == text.casefold()),
        "wildcard": _wildcard,
        "numeric": _numeric,
        "anything-but": _anything_but,
    }
    if name not in operators:
        raise TemplateError(f"unknown pattern operator {name}")
    return operators[name](argument)


def _same(value: Any, expected: Any) -> bool:
    """JSON equality: true is not 1."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    return bool(value == expected)


def _text(test: Callable[[str], bool]) -> Matcher:
    return lambda value: isinstance(value, str) and test(value)


def _prefix(argument: Any) -> Matcher:
    if isinstance(argument, Mapping):
        folded = argument["equals-ignore-case"].casefold()
        return _text(lambda value: value.casefold().startswith(folded))
    return _text(lambda value: value.startswith(argument))


def _suffix(argument: Any) -> Matcher:
    if isinstance(argument, Mapping):
        folded = argument["equals-ignore-case"].casefold()
        return _text(lambda value: value.casefold().endswith(folded))
    return _text(lambda value: value.endswith(argument))


def _wildcard(pattern: str) -> Matcher:
    expression = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return _text(lambda value: expression.fullmatch(value) is not None)


def _numeric(argument: list[Any]) -> Matcher:
    pairs = [(_COMPARISONS[name], bound) for name, bound in zip(argument[::2], argument[1::2], strict=True)]

    def matches(value: Any) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and all(compare(value, bound) for compare, bound in pairs)

    return matches


def _anything_but(argument: Any) -> Matcher:
    if isinstance(argument, Mapping):
        refused = (
            [_condition(argument)]
            if not isinstance(next(iter(argument.values())), list)
            else [_condition({name: item}) for name, items in argument.items() for item in items]
        )
    else:
        refused = [_condition(item) for item in (argument if isinstance(argument, list) else [argument])]
    return lambda value: value is not _ABSENT and not any(test(value) for test in refused)
