"""Items and attribute values in wire format: what is allowed, canonical form, size, order.

Values inside the engine are canonical (numbers in shortest form, sets sorted), so equality of values is
equality of the dictionaries, and they are never changed in place: an update copies what it changes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any

from infra.local.engine.dynamodb.errors import SerializationError, ValidationError

Value = dict[str, Any]
Item = dict[str, Value]
Sortable = Any
"""A str, bytes or number: values of one key attribute can be compared with each other."""

MAX_ITEM_BYTES = 400 * 1024
_MAX_DEPTH = 31
_EMPTY_NAME = "One or more parameter values were invalid: Empty attribute name"
_MAX_DIGITS = 38
_EXACT = Context(prec=300)
_PLAIN_NUMBER = re.compile(r"-?[1-9][0-9]{0,37}|0")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SET_ELEMENTS = {"SS": "S", "NS": "N", "BS": "B"}
_SHORT = 40  # bytes
_SHORT_VALUES = 100_000
_FLAT = frozenset({"S", "N", "B", "BOOL", "NULL"})
_JSON_TYPES: dict[str, type] = {"BOOL": bool, "NULL": bool, "L": list, "M": dict} | dict.fromkeys(_SET_ELEMENTS, list)


def admit_item(item: Mapping[str, Any]) -> tuple[Item, int]:
    """The item in canonical form and its size in bytes, or ValidationError."""
    admitted: Item = {}
    size = 0
    for name, value in item.items():
        if not name:
            raise ValidationError(_EMPTY_NAME)
        admitted[name], value_size = admit(value)
        size += text_size(name) + value_size
    return admitted, size


def admit(value: Any, depth: int = 0) -> tuple[Value, int]:
    """The value in canonical form and its size in bytes, or ValidationError, or SerializationError if it is none."""
    if not isinstance(value, dict):
        raise SerializationError("Unexpected value type in payload")
    if len(value) != 1:
        raise ValidationError(
            "Supplied AttributeValue is empty or has more than one datatype set, "
            "must contain exactly one of the supported datatypes"
        )
    kind, raw = next(iter(value.items()))
    if kind == "S" and type(raw) is str:
        size = len(raw) if raw.isascii() else len(raw.encode())
        return (_shared(kind, raw, value) if size <= _SHORT else value), size
    if kind == "N" and type(raw) is str:
        number = canonical_number(raw)
        return _shared(kind, number, value if number == raw else {"N": number}), number_size(number)
    _check_json(kind, raw)
    if kind in ("L", "M"):
        return _admit_document(kind, raw, depth)
    return _admit_other(kind, raw, value)


_short_values: dict[tuple[str, str], Value] = {}


def _shared(kind: str, raw: str, value: Value) -> Value:
    """The same object for the same short text or number: most of what a table holds are a few of them, many times over.
    Values are never changed, only replaced."""
    if len(_short_values) >= _SHORT_VALUES:
        _short_values.clear()
    return _short_values.setdefault((kind, raw), value)


def size_of(value: Value) -> int:
    """Size in bytes of a canonical value, by DynamoDB's rules."""
    kind, raw = next(iter(value.items()))
    if kind == "S":
        return text_size(raw)
    if kind == "N":
        return number_size(raw)
    if kind == "B":
        return len(base64.b64decode(raw))
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "L":
        return 3 + sum(1 + size_of(element) for element in raw)
    if kind == "M":
        return 3 + sum(1 + text_size(name) + size_of(element) for name, element in raw.items())
    element_kind = _SET_ELEMENTS[kind]
    return sum(size_of({element_kind: element}) for element in raw)


def size_of_item(item: Item) -> int:
    """Size in bytes of a canonical item: names and values."""
    return sum(text_size(name) + size_of(value) for name, value in item.items())


def text_size(text: str) -> int:
    """Bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def number_size(number: str) -> int:
    """Bytes of a canonical number: half a byte per significant digit, rounded up before and after the decimal
    point, one more, and one for a minus sign."""
    whole, point, fraction = number.lstrip("-").partition(".")
    whole = whole.lstrip("0") if point else whole.strip("0")
    if not whole:
        fraction = fraction.lstrip("0")
    return 1 + (len(whole) + 1) // 2 + (len(fraction) + 1) // 2 + (number[0] == "-")


def canonical_number(text: str) -> str:
    """The shortest plain notation of a number, or ValidationError if DynamoDB could not keep it exactly."""
    if _PLAIN_NUMBER.fullmatch(text):
        return text
    if not _NUMBER.fullmatch(text):
        raise ValidationError(f"The parameter cannot be converted to a numeric value: {text}")
    return _exact_number(Decimal(text))


def add_numbers(left: str, right: str, sign: int) -> str:
    """left + sign * right, exactly, or ValidationError if the result has more than 38 digits."""
    if left.lstrip("-").isdigit() and right.lstrip("-").isdigit():
        return canonical_number(str(int(left) + sign * int(right)))
    return _exact_number(_EXACT.add(Decimal(left), Decimal(right) * sign))


def sort_value(value: Value) -> Sortable:
    """What orders a value of type S, N or B among values of its type; str order is UTF-8 byte order."""
    kind, raw = next(iter(value.items()))
    if kind == "S":
        return raw
    if kind == "N":
        return int(raw) if raw.lstrip("-").isdigit() else Decimal(raw)
    return base64.b64decode(raw)


def kind_of(value: Value) -> str:
    """The type of a value: S, N, B, BOOL, NULL, L, M, SS, NS or BS."""
    return next(iter(value))


def canonical_set(kind: str, elements: set[str]) -> Value:
    """A set with its elements in the order DynamoDB answers them: texts and bytes bytewise, numbers by value."""
    element_kind = _SET_ELEMENTS[kind]
    return {kind: sorted(elements, key=lambda element: sort_value({element_kind: element}))}


def copy_item(item: Item) -> Item:
    """A copy that shares nothing with the item."""
    return {n: v.copy() if "S" in v or "N" in v else copy_value(v) for n, v in item.items()}


def copy_value(value: Value) -> Value:
    """A copy that shares nothing with the value."""
    kind, raw = next(iter(value.items()))
    if kind in _FLAT:
        return value.copy()
    if kind == "L":
        return {"L": [copy_value(element) for element in raw]}
    if kind == "M":
        return {"M": copy_item(raw)}
    return {kind: raw[:]}


def _exact_number(number: Decimal) -> str:
    if not number:
        return "0"
    if number.adjusted() > 125:
        raise ValidationError(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if number.adjusted() < -130:
        raise ValidationError(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > _MAX_DIGITS:
        raise ValidationError("Attempting to store more than 38 significant digits in a Number")
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _check_json(kind: str, raw: Any) -> None:
    if type(raw) is not _JSON_TYPES.get(kind, str):
        raise SerializationError(f"A {type(raw).__name__} cannot be converted to what {kind} holds")


def _admit_document(kind: str, raw: Any, depth: int) -> tuple[Value, int]:
    if depth >= _MAX_DEPTH:
        raise ValidationError("Nesting Levels have exceeded supported limits: Attributes have nested levels")
    size = 3
    if kind == "L":
        elements = []
        for element in raw:
            admitted, element_size = admit(element, depth + 1)
            elements.append(admitted)
            size += 1 + element_size
        return {"L": elements}, size
    members: Item = {}
    for name, member in raw.items():
        if not name:
            raise ValidationError(_EMPTY_NAME)
        members[name], member_size = admit(member, depth + 1)
        size += 1 + text_size(name) + member_size
    return {"M": members}, size


def _admit_other(kind: str, raw: Any, value: Value) -> tuple[Value, int]:
    if kind == "BOOL" or (kind == "NULL" and raw):
        return value, 1
    if kind == "B":
        data = _decoded(raw)
        return {"B": base64.b64encode(data).decode()}, len(data)
    if kind in _SET_ELEMENTS:
        return _admit_set(kind, raw)
    raise ValidationError(
        "One or more parameter values were invalid: Null attribute value types must have the value of true"
        if kind == "NULL"
        else "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
    )


def _decoded(raw: str) -> bytes:
    try:
        return base64.b64decode(raw, validate=True)
    except binascii.Error as error:
        raise SerializationError(f"{raw[:40]!r} cannot be converted to a Blob: {error}") from error


def _admit_set(kind: str, raw: list[Any]) -> tuple[Value, int]:
    if not raw:
        raise ValidationError("One or more parameter values were invalid: An set may not be empty")
    elements, size = set(), 0
    for element in raw:
        admitted, element_size = admit({_SET_ELEMENTS[kind]: element})
        elements.add(next(iter(admitted.values())))
        size += element_size
    if len(elements) != len(raw):
        raise ValidationError(f"One or more parameter values were invalid: Input collection {raw} contains duplicates.")
    return canonical_set(kind, elements), size
