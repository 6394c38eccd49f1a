"""Update expressions: parsing, and applying them to an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from infra.local.engine.dynamodb.errors import InvalidActionError
from infra.local.engine.dynamodb.expressions import documents
from infra.local.engine.dynamodb.expressions.parser import Parser
from infra.local.engine.dynamodb.expressions.paths import refuse_overlaps
from infra.local.engine.dynamodb.expressions.tree import (
    Action,
    Arithmetic,
    IfNotExists,
    ListAppend,
    Path,
    Placeholder,
    SetOperand,
)
from infra.local.engine.dynamodb.items import Item, Value, add_numbers, canonical_set, kind_of

Values = Mapping[str, Value]
Step = Callable[[Item, Item, Values], None]
"""Changes the fresh copy given second; reads of the item given first, which stays as it was."""

_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")
_SETS = ("SS", "NS", "BS")


class UpdateParser(Parser):
    """Reads an update: each clause at most once."""

    _parenthesized: SetOperand | None = None

    def parse(self) -> tuple[Action, ...]:
        """The whole expression."""
        actions: list[Action] = []
        seen: set[str] = set()
        while self.peek().kind != "end":
            clause = self.take().text.upper()
            if clause not in _CLAUSES:
                self._next -= 1
                self.unexpected()
            if clause in seen:
                self.fail(f'The "{clause}" section can only be used once in an update expression;')
            seen.add(clause)
            actions.append(self._action(clause))
            while self.accept(","):
                actions.append(self._action(clause))
        refuse_overlaps(self, [action.path for action in actions])
        return tuple(actions)

    def _action(self, clause: str) -> Action:
        path = self.path()
        if clause == "REMOVE":
            return Action(clause, path, None)
        if clause == "SET":
            self.expect("=")
            return Action(clause, path, self._value())
        return Action(clause, path, self.placeholder())

    def _value(self) -> SetOperand:
        left = self._operand()
        for sign, factor in (("+", 1), ("-", -1)):
            if self.accept(sign):
                return Arithmetic(left, self._operand(), factor)
        return left

    def _operand(self) -> SetOperand:
        if self.accept("("):
            inner = self._value()
            self.expect(")")
            if inner is self._parenthesized:
                self.fail("The expression has redundant parentheses;")
            self._parenthesized = inner
            return inner
        if self.peek().kind == "value":
            return self.placeholder()
        if not self.at_call():
            return self.path()
        name = self.take().text
        self.expect("(")
        operand: SetOperand
        if name == "if_not_exists":
            path = self.path()
            self.expect(",")
            operand = IfNotExists(path, self._operand())
        elif name == "list_append":
            first = self._list()
            self.expect(",")
            operand = ListAppend(first, self._list())
        else:
            self.fail(f"Invalid function name; function: {name}")
        self.expect(")")
        return operand

    def _list(self) -> SetOperand:
        """An operand of list_append: not another list_append. (AWS does not document it; ScyllaDB's tests, which are
        run against AWS, show it: test/alternator/test_update_expression.py.)"""
        operand = self._operand()
        if isinstance(operand, ListAppend):
            self.fail("The function is not allowed to be used this way in an expression; function: list_append")
        return operand


def compile_changes(actions: tuple[Action, ...]) -> list[Step]:
    """What SET, ADD and DELETE do, in a list from its beginning: elements set past the end are appended in the order
    of their numbers (Developer Guide, "Update expressions": adding elements to a list)."""
    changes = (action for action in actions if action.clause != "REMOVE")
    return [_compile(action) for action in sorted(changes, key=_place)]


def compile_removals(actions: tuple[Action, ...]) -> list[Step]:
    """What REMOVE does, and DELETE where it leaves nothing, after all changes, and in a list from its end: numbers
    are those before the update, and what the update itself has appended is none of them."""
    removals = (action for action in actions if action.clause in ("REMOVE", "DELETE"))
    return [_compile_removal(action) for action in sorted(removals, key=_place, reverse=True)]


def _place(action: Action) -> tuple[tuple[str, int], ...]:
    return tuple(("", part) if isinstance(part, int) else (part, 0) for part in action.path.parts)


def _compile(action: Action) -> Step:
    parts, operand = action.path.parts, action.operand
    assert operand is not None
    if action.clause == "SET":
        get = _compile_operand(operand)
        return lambda old, new, values: documents.put(new, parts, get(old, values))
    assert isinstance(operand, Placeholder)
    name = operand.name
    change = _add if action.clause == "ADD" else _delete

    def step(old: Item, new: Item, values: Values) -> None:
        value = change(documents.find(old, parts), values[name])
        if value is None:
            documents.refuse_unheld(old, parts)
        else:
            documents.put(new, parts, value)

    return step


def _compile_removal(action: Action) -> Step:
    parts, operand = action.path.parts, action.operand
    if operand is None:
        return lambda old, new, _values: documents.remove(new, parts, old)
    assert isinstance(operand, Placeholder)
    name = operand.name

    def step(old: Item, new: Item, values: Values) -> None:
        if _delete(documents.find(old, parts), values[name]) is None:
            documents.remove(new, parts, old)

    return step


def _compile_operand(operand: SetOperand) -> Callable[[Item, Values], Value]:
    match operand:
        case Placeholder(name):
            return lambda _item, values: values[name]
        case Path(parts):
            return lambda item, _values: _existing(documents.find(item, parts))
        case IfNotExists(Path(parts), default):
            otherwise = _compile_operand(default)
            return lambda item, values: documents.find(item, parts) or otherwise(item, values)
        case ListAppend(first, second):
            head, tail = _compile_operand(first), _compile_operand(second)
            return lambda item, values: _append(head(item, values), tail(item, values))
        case Arithmetic(left, right, sign):
            one, other = _compile_operand(left), _compile_operand(right)
            return lambda item, values: _sum(one(item, values), other(item, values), sign)


def _existing(value: Value | None) -> Value:
    if value is None:
        raise InvalidActionError("The provided expression refers to an attribute that does not exist in the item")
    return value


def _append(head: Value, tail: Value) -> Value:
    if "L" not in head or "L" not in tail:
        raise _wrong_type()
    return {"L": head["L"] + tail["L"]}


def _sum(left: Value, right: Value, sign: int) -> Value:
    if "N" not in left or "N" not in right:
        raise _wrong_type()
    return {"N": add_numbers(left["N"], right["N"], sign)}


def _add(current: Value | None, value: Value) -> Value:
    if current is None:
        return value
    if "N" in value and "N" in current:
        return _sum(current, value, 1)
    kind = kind_of(value)
    if kind not in _SETS or kind not in current:
        raise _wrong_type()
    return canonical_set(kind, {*current[kind], *value[kind]})


def _delete(current: Value | None, value: Value) -> Value | None:
    if current is None:
        return None
    kind = kind_of(value)
    if kind not in current:
        raise _wrong_type()
    left = set(current[kind]) - set(value[kind])
    return canonical_set(kind, left) if left else None


def _wrong_type() -> InvalidActionError:
    return InvalidActionError("An operand in the update expression has an incorrect data type")
