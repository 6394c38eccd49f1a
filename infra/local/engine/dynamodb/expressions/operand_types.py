"""Types of the given values that DynamoDB refuses before it looks at any item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.expressions.evaluation import compare
from infra.local.engine.dynamodb.expressions.tree import (
    Action,
    And,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Function,
    IfNotExists,
    ListAppend,
    Not,
    Or,
    Placeholder,
    SetOperand,
)
from infra.local.engine.dynamodb.items import Value, kind_of

Check = Callable[[Mapping[str, Value]], None]

_ORDERED = frozenset({"S", "N", "B"})
_SETS = frozenset({"SS", "NS", "BS"})
_TYPES = _ORDERED | _SETS | {"BOOL", "NULL", "L", "M"}


def condition_checks(kind: str, condition: Condition) -> Iterator[Check]:
    """Checks of the values a condition compares with."""
    match condition:
        case And(left, right) | Or(left, right):
            yield from condition_checks(kind, left)
            yield from condition_checks(kind, right)
        case Not(inner):
            yield from condition_checks(kind, inner)
        case Comparison() | Between():
            yield from _order_checks(kind, condition)
        case Function("begins_with", operands):
            for operand in operands:
                yield from _typed(kind, "begins_with", operand, frozenset({"S", "B"}))
        case Function("attribute_type", (_, operand)):
            if not isinstance(operand, Placeholder):
                _refuse(kind, "The second operand of attribute_type must be an expression attribute value")
            yield _type_name_check(kind, operand.name)


def _order_checks(kind: str, condition: Comparison | Between) -> Iterator[Check]:
    if isinstance(condition, Comparison):
        if condition.operator not in ("=", "<>"):
            for operand in (condition.left, condition.right):
                yield from _typed(kind, condition.operator, operand, _ORDERED)
        return
    for operand in (condition.low, condition.high):
        yield from _typed(kind, "BETWEEN", operand, _ORDERED)
    if isinstance(condition.low, Placeholder) and isinstance(condition.high, Placeholder):
        yield _bounds_check(kind, condition.low.name, condition.high.name)


def action_checks(action: Action) -> Iterator[Check]:
    """Checks of the values an update uses."""
    operand = action.operand
    if action.clause == "ADD":
        yield from _typed("UpdateExpression", "ADD", operand, _SETS | {"N"})
    elif action.clause == "DELETE":
        yield from _typed("UpdateExpression", "DELETE", operand, _SETS)
    elif operand is not None:
        yield from _set_checks(operand)


def _set_checks(operand: SetOperand) -> Iterator[Check]:
    match operand:
        case Arithmetic(left, right, sign):
            for side in (left, right):
                yield from _typed("UpdateExpression", "+" if sign > 0 else "-", side, frozenset({"N"}))
                yield from _set_checks(side)
        case ListAppend(first, second):
            for side in (first, second):
                yield from _typed("UpdateExpression", "list_append", side, frozenset({"L"}))
                yield from _set_checks(side)
        case IfNotExists(_, default):
            yield from _set_checks(default)


def _typed(kind: str, operator: str, operand: object, allowed: frozenset[str]) -> Iterator[Check]:
    if not isinstance(operand, Placeholder):
        return
    name = operand.name

    def check(values: Mapping[str, Value]) -> None:
        actual = kind_of(values[name])
        if actual not in allowed:
            _refuse(
                kind,
                "Incorrect operand type for operator or function; "
                f"operator or function: {operator}, operand type: {actual}",
            )

    yield check


def _bounds_check(kind: str, low: str, high: str) -> Check:
    def check(values: Mapping[str, Value]) -> None:
        if kind_of(values[low]) != kind_of(values[high]):
            _refuse(kind, "The BETWEEN operator requires same data type for lower and upper bounds")
        if not compare("<=", values[low], values[high]):
            _refuse(
                kind,
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                f"lower bound operand: AttributeValue: {values[low]}, "
                f"upper bound operand: AttributeValue: {values[high]}",
            )

    return check


def _type_name_check(kind: str, name: str) -> Check:
    def check(values: Mapping[str, Value]) -> None:
        if values[name].get("S") not in _TYPES:
            _refuse(kind, f"Invalid attribute type name found; type: {values[name]}")

    return check


def _refuse(kind: str, problem: str) -> NoReturn:
    raise ValidationError(f"Invalid {kind}: {problem}")
