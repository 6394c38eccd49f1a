"""Uploaded tables: CSV (RFC 4180) or NDJSON, row by row, before anybody asks what the rows mean."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel.errors import FieldError, Invalid, Malformed

MAX_ROWS = 10_000
CSV = "text/csv"
NDJSON = "application/x-ndjson"

Row = dict[str, Any]

# What spreadsheets run as a formula. An exported cell that begins so carries an apostrophe before it.
_GUARDED = re.compile("'[=+\\-@\t\r\0＝＋－＠]")
_WHOLE = re.compile(r"-?[0-9]{1,12}")


@dataclass(frozen=True)
class Columns:
    """How cells become values: `a.b` fills field b of object a, lists are separated by `|`, an empty cell is absent."""

    names: Sequence[str]
    numbers: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    number_lists: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """The rows that could be read, numbered from 1 without the header, and what is wrong with the rest."""

    rows: list[tuple[int, Row]]
    errors: list[FieldError]


def read_csv(text: str, columns: Columns) -> Table:
    """Comma or semicolon, header with field names in any order, optional byte order mark. Empty lines are skipped."""
    text = text.removeprefix("\ufeff")
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    lines = _lines(text, delimiter)
    header = [name.strip() for name in next(lines, [])]
    _check_header(header, columns)
    rows: list[tuple[int, Row]] = []
    errors: list[FieldError] = []
    for number, cells in enumerate((cells for cells in lines if cells), start=1):
        _check_count(number)
        if len(cells) != len(header):
            errors.append(FieldError("", f"has {len(cells)} cells where the header has {len(header)}", number))
            continue
        rows.append((number, _row(dict(zip(header, cells, strict=True)), columns)))
    return Table(rows, errors)


def read_ndjson(text: str, parse: Callable[[str], Any]) -> Table:
    """One JSON object per line, read by `parse` (which raises Malformed). Empty lines are skipped."""
    rows: list[tuple[int, Row]] = []
    errors: list[FieldError] = []
    lines = (line for line in text.removeprefix("\ufeff").split("\n") if line.strip())
    for number, line in enumerate(lines, start=1):
        _check_count(number)
        try:
            value = parse(line)
        except Malformed as error:
            errors.append(FieldError("", error.detail, number))
            continue
        if isinstance(value, dict):
            rows.append((number, value))
        else:
            errors.append(FieldError("", "must be an object", number))
    return Table(rows, errors)


def _lines(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Malformed(f"the table is not CSV: line {reader.line_num}") from error
        yield cells


def _check_header(header: list[str], columns: Columns) -> None:
    if not header:
        raise Invalid("the table is empty: the first line must name the columns")
    unknown = [name for name in header if name not in columns.names]
    if unknown:
        known = ", ".join(columns.names)
        raise Invalid(
            f"{len(unknown)} column(s) of the header are unknown; known are {known}",
            errors=tuple(FieldError(f"/{name[:64]}", "is not a column") for name in unknown[:10]),
        )
    if len(set(header)) != len(header):
        raise Invalid("the header names a column twice")


def _check_count(number: int) -> None:
    if number > MAX_ROWS:
        raise Invalid(f"a table may have {MAX_ROWS} rows at most")


def _row(cells: dict[str, str], columns: Columns) -> Row:
    row: Row = {}
    for name, cell in cells.items():
        text = cell[1:] if _GUARDED.match(cell) else cell
        if text == "":
            continue
        outer, _, inner = name.partition(".")
        if inner:
            row.setdefault(outer, {})[inner] = _value(name, text, columns)
        else:
            row[outer] = _value(name, text, columns)
    return row


def _value(name: str, text: str, columns: Columns) -> Any:
    if name in columns.lists:
        return text.split("|")
    if name in columns.number_lists:
        return [_number(one) for one in text.split("|")]
    return _number(text) if name in columns.numbers else text


def _number(text: str) -> int | str:
    """A whole number; anything else stays a text, which the shape of the row then refuses by name."""
    return int(text) if _WHOLE.fullmatch(text) else text
