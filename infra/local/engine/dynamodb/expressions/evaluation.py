"""Conditions compiled to closures over an item and the request's values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from infra.local.engine.dynamodb.expressions import documents
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
from infra.local.engine.dynamodb.items import Item, Value, kind_of, sort_value

Values = Mapping[str, Value]
Test = Callable[[Item, Values], bool]
Getter = Callable[[Item, Values], Value | None]

_ORDERED = frozenset({"S", "N", "B"})
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_test(condition: Condition) -> Test:
    """A function telling whether the condition holds for an item."""
    match condition:
        case And(left, right):
            first, second = compile_test(left), compile_test(right)
            return lambda item, values: first(item, values) and second(item, values)
        case Or(left, right):
            first, second = compile_test(left), compile_test(right)
            return lambda item, values: first(item, values) or second(item, values)
        case Not(inner):
            test = compile_test(inner)
            return lambda item, values: not test(item, values)
        case Comparison():
            return _compile_comparison(condition)
        case Between(operand, low, high):
            return _compile_between(*map(compile_operand, (operand, low, high)))
        case In(operand, options):
            return _compile_in(compile_operand(operand), [compile_operand(option) for option in options])
        case Function(name, arguments):
            return _FUNCTIONS[name](*map(compile_operand, arguments))


def compile_operand(operand: Operand) -> Getter:
    """A function giving the operand's value, or None where the item has none."""
    match operand:
        case Placeholder(name):
            return lambda _item, values: values[name]
        case Path((str(name),)):
            return lambda item, _values: item.get(name)
        case Path(parts):
            return lambda item, _values: documents.find(item, parts)
        case size:
            get = compile_operand(size.path)
            return lambda item, values: _size(get(item, values))


def compare(ordering: str, left: Value | None, right: Value | None) -> bool:
    """Whether two values of one ordered type stand in this order; never true of anything else."""
    if left is None or right is None:
        return False
    kind = kind_of(left)
    if kind not in _ORDERED or kind not in right:
        return False
    return _ORDERINGS[ordering](sort_value(left), sort_value(right))


def _compile_comparison(comparison: Comparison) -> Test:
    left, right = compile_operand(comparison.left), compile_operand(comparison.right)
    if comparison.operator == "=":

        def equal(item: Item, values: Values) -> bool:
            value = left(item, values)
            return value is not None and value == right(item, values)

        return equal
    if comparison.operator == "<>":
        # True also where the attribute is missing: it does differ from any value.
        return lambda item, values: left(item, values) != right(item, values)
    ordering = comparison.operator
    return lambda item, values: compare(ordering, left(item, values), right(item, values))


def _compile_between(operand: Getter, low: Getter, high: Getter) -> Test:
    def between(item: Item, values: Values) -> bool:
        value = operand(item, values)
        return compare("<=", low(item, values), value) and compare("<=", value, high(item, values))

    return between


def _compile_in(operand: Getter, options: list[Getter]) -> Test:
    def is_one_of(item: Item, values: Values) -> bool:
        value = operand(item, values)
        return value is not None and any(value == option(item, values) for option in options)

    return is_one_of


def _exists(path: Getter) -> Test:
    return lambda item, values: path(item, values) is not None


def _not_exists(path: Getter) -> Test:
    return lambda item, values: path(item, values) is None


def _has_type(path: Getter, kind: Getter) -> Test:
    def has_type(item: Item, values: Values) -> bool:
        value, wanted = path(item, values), kind(item, values)
        return value is not None and wanted is not None and wanted.get("S") == kind_of(value)

    return has_type


def _begins_with(path: Getter, prefix: Getter) -> Test:
    def begins_with(item: Item, values: Values) -> bool:
        value, start = path(item, values), prefix(item, values)
        if value is None or start is None or kind_of(value) not in ("S", "B") or kind_of(value) not in start:
            return False
        return bool(sort_value(value).startswith(sort_value(start)))

    return begins_with


def _contains(container: Getter, operand: Getter) -> Test:
    def contains(item: Item, values: Values) -> bool:
        holder, value = container(item, values), operand(item, values)
        if holder is None or value is None:
            return False
        (kind, content), (value_kind, raw) = next(iter(holder.items())), next(iter(value.items()))
        if kind == "L":
            return value in content
        if kind in ("S", "B"):
            return kind == value_kind and sort_value(value) in sort_value(holder)
        return kind == value_kind + "S" and raw in content

    return contains


def _size(value: Value | None) -> Value | None:
    """The size as a number: of a text in UTF-16 code units, of binary data in bytes, else in elements. None for
    what has no size, so that any comparison with it is false."""
    if value is None:
        return None
    kind, raw = next(iter(value.items()))
    if kind in ("N", "BOOL", "NULL"):
        return None
    if kind == "S":
        return {"N": str(len(raw) if raw.isascii() else len(raw.encode("utf-16-le")) // 2)}
    return {"N": str(len(sort_value(value) if kind == "B" else raw))}


_FUNCTIONS: dict[str, Callable[..., Test]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "attribute_type": _has_type,
    "begins_with": _begins_with,
    "contains": _contains,
}
