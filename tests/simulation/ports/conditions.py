"""Condition expressions over plain items: parsed by the engine's parser, compiled once per text."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from infra.local.engine.dynamodb.expressions.conditions import ConditionParser
from infra.local.engine.dynamodb.expressions.tree import (
    And,
    Between,
    Comparison,
    Condition,
    Function,
    In,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
)
from shared.aws.table import names_in

Values = Mapping[str, Any]
Test = Callable[[Values, Values], bool]
Getter = Callable[[Values, Values], Any]

_MISSING = object()
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@cache
def condition(text: str) -> Test:
    """A test of (item, values) for an expression with `#name` and `:value`; a missing item is an empty one."""
    names = {"#" + name: name for name in names_in(text)}
    return _compiled(ConditionParser("ConditionExpression", text, names).parse())


def _compiled(tree: Condition) -> Test:
    match tree:
        case And(left, right):
            first, second = _compiled(left), _compiled(right)
            return lambda item, values: first(item, values) and second(item, values)
        case Or(left, right):
            first, second = _compiled(left), _compiled(right)
            return lambda item, values: first(item, values) or second(item, values)
        case Not(inner):
            test = _compiled(inner)
            return lambda item, values: not test(item, values)
        case Comparison(sign, left_side, right_side):
            return _comparison(sign, _operand(left_side), _operand(right_side))
        case In(one, options):
            return _one_of(_operand(one), [_operand(option) for option in options])
        case Function(name, arguments):
            return _FUNCTIONS[name](*map(_operand, arguments))
        case Between():
            raise NotImplementedError("no store compares with BETWEEN in a condition")


def _operand(operand: Operand) -> Getter:
    match operand:
        case Placeholder(name):
            bare = name.removeprefix(":")
            return lambda _item, values: values[bare]
        case Path((str(name),)):
            return lambda item, _values: item.get(name, _MISSING)
        case Path(parts):
            return lambda item, _values: _within(item, parts)
        case size:
            get = _operand(size.path)
            return lambda item, values: _size(get(item, values))


def _within(item: Any, parts: tuple[str | int, ...]) -> Any:
    for part in parts:
        if not isinstance(item, dict) or part not in item:
            return _MISSING
        item = item[part]
    return item


def _size(value: Any) -> Any:
    if isinstance(value, str):
        return len(value.encode("utf-16-le")) // 2
    return len(value) if isinstance(value, list | dict) else _MISSING


def _same(left: Any, right: Any) -> bool:
    """Equal and of one type: 1 is not true."""
    return left is not _MISSING and isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _comparison(sign: str, left: Getter, right: Getter) -> Test:
    if sign == "=":
        return lambda item, values: _same(left(item, values), right(item, values))
    if sign == "<>":  # also true of what is missing
        return lambda item, values: not _same(left(item, values), right(item, values))
    compare = _ORDERINGS[sign]

    def ordered(item: Values, values: Values) -> bool:
        one, other = left(item, values), right(item, values)
        kinds = {type(one), type(other)}
        return kinds in ({int}, {str}) and compare(one, other)

    return ordered


def _one_of(one: Getter, options: list[Getter]) -> Test:
    return lambda item, values: any(_same(one(item, values), option(item, values)) for option in options)


def _exists(path: Getter) -> Test:
    return lambda item, values: path(item, values) is not _MISSING


def _not_exists(path: Getter) -> Test:
    return lambda item, values: path(item, values) is _MISSING


def _begins_with(path: Getter, prefix: Getter) -> Test:
    def begins(item: Values, values: Values) -> bool:
        value = path(item, values)
        return isinstance(value, str) and value.startswith(prefix(item, values))

    return begins


def _contains(path: Getter, operand: Getter) -> Test:
    def contains(item: Values, values: Values) -> bool:
        held, wanted = path(item, values), operand(item, values)
        if isinstance(held, list):
            return any(_same(one, wanted) for one in held)
        return isinstance(held, str) and isinstance(wanted, str) and wanted in held

    return contains


_FUNCTIONS: dict[str, Callable[..., Test]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "begins_with": _begins_with,
    "contains": _contains,
}
