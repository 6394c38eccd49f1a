"""Condition, filter and key condition expressions: parsing."""

from __future__ import annotations

from infra.local.engine.dynamodb.expressions.parser import Parser
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
    Size,
)

_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
_OPERAND_COUNTS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
}
_OF_PATHS = ("attribute_exists", "attribute_not_exists")
"""The others take values as well, though AWS documents paths: ScyllaDB's tests, which are run against AWS, show it
(test/alternator/test_condition_expression.py)."""
_MAX_IN_OPTIONS = 100


class ConditionParser(Parser):
    """Reads a condition: OR binds weakest, then AND, then NOT."""

    _parenthesized: Condition | None = None

    def parse(self) -> Condition:
        """The whole expression."""
        condition = self._or()
        self.end()
        return condition

    def _or(self) -> Condition:
        condition = self._and()
        while self.accept("OR"):
            condition = Or(condition, self._and())
        return condition

    def _and(self) -> Condition:
        condition = self._not()
        while self.accept("AND"):
            condition = And(condition, self._not())
        return condition

    def _not(self) -> Condition:
        return Not(self._not()) if self.accept("NOT") else self._primary()

    def _primary(self) -> Condition:
        if self.accept("("):
            condition = self._or()
            self.expect(")")
            if condition is self._parenthesized:
                self.fail("The expression has redundant parentheses;")
            self._parenthesized = condition
            return condition
        if self.at_call() and not self.at("SIZE"):
            return self._function()
        return self._comparison(self._operand())

    def _comparison(self, left: Operand) -> Condition:
        if self.accept("BETWEEN"):
            low = self._operand()
            self.expect("AND")
            return Between(left, low, self._operand())
        if self.accept("IN"):
            return In(left, self._options())
        operator = self.peek().text
        if operator not in _COMPARATORS:
            self.unexpected()
        self.take()
        right = self._operand()
        self._refuse_repeated(operator, left, right)
        return Comparison(operator, left, right)

    def _options(self) -> tuple[Operand, ...]:
        self.expect("(")
        options = [self._operand()]
        while self.accept(","):
            options.append(self._operand())
        self.expect(")")
        if len(options) > _MAX_IN_OPTIONS:
            self.fail(f"Too many operands for IN; number of operands: {len(options)}")
        return tuple(options)

    def _function(self) -> Function:
        name = self.take().text
        if name not in _OPERAND_COUNTS:
            self.fail(f"Invalid function name; function: {name}")
        self.expect("(")
        arguments = [self._operand()]
        while self.accept(","):
            arguments.append(self._operand())
        self.expect(")")
        if len(arguments) != _OPERAND_COUNTS[name]:
            self.fail(
                "Incorrect number of operands for operator or function; "
                f"operator or function: {name}, number of operands: {len(arguments)}"
            )
        if name in _OF_PATHS and not isinstance(arguments[0], Path):
            self.fail(f"Operator or function requires a document path; operator or function: {name}")
        self._refuse_repeated(name, *arguments)
        return Function(name, tuple(arguments))

    def _refuse_repeated(self, operator: str, first: Operand, *others: Operand) -> None:
        if isinstance(first, Path) and first in others:
            self.fail(
                "The first operand must be distinct from the remaining operands for this operator or function; "
                f"operator: {operator}, first operand: {first}"
            )

    def _operand(self) -> Operand:
        if self.peek().kind == "value":
            return self.placeholder()
        if not self.at_call():
            return self.path()
        if self.take().text != "size":
            self.unexpected()
        self.expect("(")
        path = self.path()
        self.expect(")")
        return Size(path)


def paths_in(condition: Condition) -> list[Path]:
    """Every document path a condition reads."""
    match condition:
        case And(left, right) | Or(left, right):
            return paths_in(left) + paths_in(right)
        case Not(inner):
            return paths_in(inner)
        case Comparison(_, left, right):
            operands: tuple[Operand, ...] = (left, right)
        case Between(operand, low, high):
            operands = (operand, low, high)
        case In(operand, options):
            operands = (operand, *options)
        case Function(_, arguments):
            operands = arguments
    paths = (operand.path if isinstance(operand, Size) else operand for operand in operands)
    return [path for path in paths if not isinstance(path, Placeholder)]
