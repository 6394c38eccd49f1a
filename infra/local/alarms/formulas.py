"""Metric math over the datapoints of an alarm, oldest first; None where there is no datapoint.

As CloudWatch combines series: where one of them has no datapoint, neither has the result; a division by zero gives
none. Only what the alarms of the stack use is known; anything else is an error, never a guess.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache

Points = Sequence[float | None]

_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


class FormulaError(ValueError):
    """The formula uses something that is not known here."""


def value_of(formula: str, named: Mapping[str, Points], length: int) -> list[float | None]:
    """The formula over series of `length` datapoints each."""
    return _value(_parsed(formula), named, length)


@cache
def _parsed(formula: str) -> ast.expr:
    return ast.parse(formula, mode="eval").body


def _value(node: ast.expr, named: Mapping[str, Points], length: int) -> list[float | None]:
    match node:
        case ast.Constant(value=int() | float() as number):
            return [float(number)] * length
        case ast.Name(id=name) if name in named:
            return list(named[name])
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _pairwise(_OPERATORS[type(op)], _value(left, named, length), _value(right, named, length))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _pairwise(_OPERATORS[type(op)], _value(left, named, length), _value(right, named, length))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _called(name, [_value(one, named, length) for one in arguments])
    raise FormulaError(f"not known here: {ast.unparse(node)}")


def _called(name: str, values: list[list[float | None]]) -> list[float | None]:
    if name == "FILL" and len(values) == 2:
        return [filler if point is None else point for point, filler in zip(*values, strict=True)]
    if name == "IF" and len(values) == 3:
        triples = zip(*values, strict=True)
        return [None if asked is None else then if asked else other for asked, then, other in triples]
    if name == "DIFF" and len(values) == 1:
        (points,) = values
        return [None, *_pairwise(operator.sub, points[1:], points[:-1])]
    raise FormulaError(f"{name} with {len(values)} arguments is not known here")


def _pairwise(op: Callable[[float, float], float], left: Points, right: Points) -> list[float | None]:
    return [_combined(op, one, other) for one, other in zip(left, right, strict=True)]


def _combined(op: Callable[[float, float], float], left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    try:
        return float(op(left, right))
    except ZeroDivisionError:
        return None
