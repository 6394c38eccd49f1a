"""Parsed expressions: names are resolved, values are still placeholders."""

from __future__ import annotations

from dataclasses import dataclass

Part = str | int


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: attribute and member names, and list indexes."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else part for part in self.parts) + "]"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A `:name` of ExpressionAttributeValues."""

    name: str


@dataclass(frozen=True, slots=True)
class Size:
    """size(path)"""

    path: Path


@dataclass(frozen=True, slots=True)
class IfNotExists:
    """if_not_exists(path, operand)"""

    path: Path
    default: SetOperand


@dataclass(frozen=True, slots=True)
class ListAppend:
    """list_append(first, second)"""

    first: SetOperand
    second: SetOperand


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """left + right, or left - right with sign -1."""

    left: SetOperand
    right: SetOperand
    sign: int


Operand = Path | Placeholder | Size
SetOperand = Path | Placeholder | IfNotExists | ListAppend | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and one of = <> < <= > >=."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """operand BETWEEN low AND high, both included."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """operand IN (options)"""

    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """attribute_exists, attribute_not_exists, attribute_type, begins_with or contains."""

    name: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """NOT condition"""

    condition: Condition


@dataclass(frozen=True, slots=True)
class And:
    """left AND right"""

    left: Condition
    right: Condition


@dataclass(frozen=True, slots=True)
class Or:
    """left OR right"""

    left: Condition
    right: Condition


Condition = Comparison | Between | In | Function | Not | And | Or


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an update: SET, REMOVE, ADD or DELETE, a path and, but for REMOVE, an operand."""

    clause: str
    path: Path
    operand: SetOperand | None
