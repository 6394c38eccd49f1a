"""CloudWatch's metric math, as far as the dashboards and alarms use it.

Its grammar is near enough to Python's that Python's parser reads it; anything outside the list below is an error, never
a guess. Two lines are combined where both have a point; a division by zero gives no point, as in CloudWatch.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise

from infra.local.metric_math.lines import FormulaError, Line, Periods
from infra.local.metric_math.search import search
from infra.local.metric_store import MetricStore

Value = float | Line | list[Line]

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARED: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FOLDED: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}


class MetricMath:
    """Evaluates expressions over named lines and, with a store, over what is found there (an alarm may not search).

    `window` says where there may be points; `period` is that of the widget or alarm, for lines without their own.
    """

    def __init__(
        self, store: MetricStore | None, window: Periods, period: timedelta, names: Mapping[str, Line]
    ) -> None:
        self._store = store
        self._window = window
        self._period = period
        self._names = names

    def evaluate(self, expression: str) -> list[Line]:
        """The lines of an expression. Raises FormulaError for one that is not understood."""
        value = self._value(_parsed(expression.strip()))
        if isinstance(value, list):
            return value
        if isinstance(value, Line):
            return [value]
        return [self._constant(value)]

    def _constant(self, value: float) -> Line:
        return Line(dict.fromkeys(self._window.periods(self._period), value), period=self._period)

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self._names:
                return self._names[name]
            case ast.List(elts=elements):
                return [line for one in elements for line in self._lines(self._value(one))]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._combine(operator.sub, 0.0, self._value(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return self._combine(_BINARY[type(op)], self._value(left), self._value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARED:
                return self._combine(_COMPARED[type(op)], self._value(left), self._value(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(name, arguments)
        raise FormulaError(f"metric math does not know {ast.unparse(node)}")

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "SEARCH":
            return self._search(arguments)
        if name == "METRICS" and not arguments:
            return list(self._names.values())
        values = [self._value(one) for one in arguments]
        if name in _FOLDED and len(values) == 1:
            return self._fold(_FOLDED[name], values[0])
        if name == "FILL" and len(values) == 2:
            return self._fill(values[0], values[1])
        if name == "IF" and len(values) in (2, 3):
            return self._choose(*values)
        if name in _LINE_BY_LINE and len(values) == 1:
            (value,) = values
            return self._by_line(_LINE_BY_LINE[name], value)
        if name == "REMOVE_EMPTY" and len(values) == 1:
            return [line for line in self._lines(values[0]) if line.points]
        raise FormulaError(f"metric math does not know {name} with {len(values)} arguments")

    def _search(self, arguments: list[ast.expr]) -> list[Line]:
        if self._store is None:
            raise FormulaError("SEARCH is not for alarms")
        given = [one.value for one in arguments if isinstance(one, ast.Constant)]
        if len(given) not in (2, 3) or len(given) != len(arguments):
            raise FormulaError("SEARCH takes an expression, a statistic and a period")
        period = timedelta(seconds=int(str(given[2]))) if len(given) == 3 else self._period
        start = next(self._window.periods(period))
        return [
            Line(
                self._store.points(series, str(given[1]), period, start, self._window.end),
                label=" ".join([series[1], *(value for _, value in series[2])]),
                names={"MetricName": series[1], **{f"Dim.{name}": value for name, value in series[2]}},
                period=period,
            )
            for series in search(str(given[0]), self._store)
        ]

    def _fold(self, fold: Callable[[Sequence[float]], float], value: Value) -> Value:
        """Of many lines one, point by point; of one line a number, as CloudWatch does."""
        if isinstance(value, Line):
            return fold(list(value.points.values())) if value.points else value
        lines = self._lines(value)
        instants = sorted({at for line in lines for at in line.points})
        points = {at: fold([line.points[at] for line in lines if at in line.points]) for at in instants}
        return Line(points, period=lines[0].period if lines else self._period)

    def _fill(self, value: Value, filler: Value) -> Value:
        if not isinstance(filler, float):
            raise FormulaError("FILL is known with a number only")
        if isinstance(value, list):
            return [self._filled(line, filler) for line in value]
        return self._filled(value, filler) if isinstance(value, Line) else value

    def _filled(self, line: Line, filler: float) -> Line:
        empty = dict.fromkeys(self._window.periods(line.period), filler)
        return Line({**empty, **line.points}, line.label, line.names, line.period)

    def _by_line(self, work: Callable[[Line, Periods], Line], value: Value) -> Value:
        if isinstance(value, Line):
            return work(value, self._window)
        return [work(line, self._window) for line in self._lines(value)]

    def _choose(self, condition: Value, then: Value, otherwise: Value | None = None) -> Value:
        """IF, point by point; without the third argument there is no point where it does not hold."""
        (asked,) = self._lines(condition) if not isinstance(condition, float) else [self._constant(condition)]
        points: dict[datetime, float] = {}
        for at, holds in asked.points.items():
            chosen = _at(then if holds else otherwise, at)
            if chosen is not None:
                points[at] = chosen
        return Line(points, period=asked.period)

    def _combine(self, op: Callable[[float, float], float], left: Value, right: Value) -> Value:
        if isinstance(left, float) and isinstance(right, float):
            return _number(op, left, right) or 0.0
        if isinstance(left, list) or isinstance(right, list):
            many, other = (left, right) if isinstance(left, list) else (right, left)
            swapped = many is right
            assert isinstance(many, list)
            return [
                line
                for one in many
                for line in self._lines(self._combine(op, *((other, one) if swapped else (one, other))))
            ]
        line = left if isinstance(left, Line) else right
        assert isinstance(line, Line)
        points: dict[datetime, float] = {}
        for at in line.points:
            first, second = _at(left, at), _at(right, at)
            result = None if first is None or second is None else _number(op, first, second)
            if result is not None:
                points[at] = result
        return Line(points, line.label, line.names, line.period)

    def _lines(self, value: Value) -> list[Line]:
        if isinstance(value, list):
            return value
        return [value if isinstance(value, Line) else self._constant(value)]


def _differences(line: Line, window: Periods) -> Line:
    """From the point a period before, where there is one."""
    instants = list(window.periods(line.period))
    pairs = [pair for pair in pairwise(instants) if line.points.keys() >= set(pair)]
    return replace(line, points={at: line.points[at] - line.points[before] for before, at in pairs})


def _running_sum(line: Line, _: Periods) -> Line:
    """Of every point and all before it."""
    instants = sorted(line.points)
    return replace(line, points=dict(zip(instants, accumulate(line.points[at] for at in instants), strict=True)))


_LINE_BY_LINE = {"DIFF": _differences, "RUNNING_SUM": _running_sum}


@cache
def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression, mode="eval").body
    except SyntaxError as error:
        raise FormulaError(f"metric math is not understood: {expression}") from error


def _at(value: Value | None, at: datetime) -> float | None:
    if isinstance(value, Line):
        return value.points.get(at)
    if isinstance(value, list):
        raise FormulaError("several lines where one is needed")
    return value


def _number(op: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        return float(op(left, right))
    except ZeroDivisionError:
        return None
