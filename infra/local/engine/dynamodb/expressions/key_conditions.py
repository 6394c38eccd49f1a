"""Key conditions: one partition, and at most one range of sort keys."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.expressions.tree import (
    And,
    Between,
    Comparison,
    Condition,
    Function,
    Path,
    Placeholder,
)
from infra.local.engine.dynamodb.schema import KeySchema

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class KeyCondition:
    """Placeholders of the partition key and of the sort key's operands (none: the whole partition)."""

    partition: str
    operator: str | None
    operands: tuple[str, ...]


def key_condition(condition: Condition, key: KeySchema) -> KeyCondition:
    """Read a condition as a key condition of this key, or ValidationError."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for term in _terms(condition):
        name, operator, operands = _term(term)
        if name in found:
            raise ValidationError(
                "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"
            )
        found[name] = (operator, operands)
    if key.partition not in found:
        raise ValidationError(f"Query condition missed key schema element: {key.partition}")
    operator, operands = found.pop(key.partition)
    if operator != "=":
        raise ValidationError("Query key condition not supported")
    if not found:
        return KeyCondition(operands[0], None, ())
    if key.sort not in found:
        raise ValidationError(f"Query condition missed key schema element: {key.sort}")
    return KeyCondition(operands[0], *found[key.sort])


def _terms(condition: Condition) -> list[Condition]:
    if isinstance(condition, And):
        return _terms(condition.left) + _terms(condition.right)
    return [condition]


def _term(term: Condition) -> tuple[str, str, tuple[str, ...]]:
    match term:
        case Comparison(operator, Path((str(name),)), Placeholder(value)) if operator != "<>":
            return name, operator, (value,)
        case Comparison(operator, Placeholder(value), Path((str(name),))) if operator != "<>":
            return name, _MIRRORED.get(operator, operator), (value,)
        case Between(Path((str(name),)), Placeholder(low), Placeholder(high)):
            return name, "BETWEEN", (low, high)
        case Function("begins_with", (Path((str(name),)), Placeholder(prefix))):
            return name, "begins_with", (prefix,)
        case Comparison() | Between() | Function():
            raise ValidationError("Query key condition not supported")
    raise ValidationError(f"Invalid operator used in KeyConditionExpression: {type(term).__name__.upper()}")
