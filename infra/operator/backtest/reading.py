"""Past orders from a table: which columns mean what, and which rows say nothing about lead times.

Columns are found by the names that such exports have; those of BPI Challenge 2019 and of the SCMS delivery history are
among them. `scheduled` of the latter is never looked at: it was overwritten with what happened.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shared.kernel.clock import micros

NAMES: dict[str, tuple[str, ...]] = {
    "created": ("created", "po_sent", "sent", "sent_at", "ordered_at"),
    "first_gr": ("first_gr", "delivered", "first_receipt", "received", "received_at"),
    "vendor": ("vendor", "supplier", "supplier_id"),
    "order": ("po", "po_so", "order", "order_id", "purchase_order", "purchase_order_id"),
    "withdrawn": ("deleted", "withdrawn", "cancelled"),
}
"""Our fields, and the columns in which they are looked for, in this order."""
NEEDED = ("created", "first_gr", "vendor")


class BadInputError(Exception):
    """What was given cannot be used; the text says what and where."""


@dataclass(frozen=True)
class PastLine:
    """One line of a past order, in microseconds since the epoch. `received` is its first receipt; None: not in the
    data. `withdrawn` is when it was given up, if it was."""

    id: str
    vendor: str
    order: str
    created: int
    received: int | None
    withdrawn: int | None = None


@dataclass
class Past:
    """What a file holds: usable lines by time, and why others were left out (reason -> rows)."""

    lines: list[PastLine] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(self.lines) + sum(self.skipped.values())

    def skip(self, reason: str, where: str) -> None:
        """A row that says nothing; the first of each kind is remembered."""
        self.skipped[reason] += 1
        self.examples.setdefault(reason, where)


def parse_mapping(text: str) -> dict[str, str]:
    """`created=po_sent,vendor=supplier` as field -> column. Raises BadInputError."""
    mapping = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or not column:
            raise BadInputError(f"MAP: {part!r} is not field=column")
        if name not in NAMES:
            raise BadInputError(f"MAP: there is no field {name!r}, only {', '.join(NAMES)}")
        mapping[name] = column
    return mapping


def parse_time(text: str) -> int:
    """Microseconds of an ISO 8601 date or time; without an offset it is UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return micros(at if at.tzinfo else at.replace(tzinfo=UTC))


def read_past(path: Path, mapping: Mapping[str, str]) -> Past:
    """The lines of a CSV, gzipped or not. Raises BadInputError."""
    if not path.is_file():
        raise BadInputError(f"DATA: there is no file {path}")
    opening = gzip.open if path.suffix == ".gz" else open
    try:
        with opening(path, "rt", encoding="utf-8-sig", newline="") as file:
            return _read(csv.DictReader(file), mapping)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(f"DATA: {path} is no readable CSV: {error}") from error


def _read(rows: csv.DictReader[str], mapping: Mapping[str, str]) -> Past:
    past = Past(columns=_columns(rows.fieldnames or (), mapping))
    for row in rows:
        where = f"line {rows.line_num}"
        try:
            found = _line(f"{rows.line_num}", row, past.columns)
        except _UnusableError as unusable:
            past.skip(unusable.reason, f"{where}{unusable.detail}")
        else:
            past.lines.append(found)
    if not past.lines:
        reasons = "; ".join(f"{reason} ({past.examples[reason]})" for reason in past.skipped) or "it has no rows"
        raise BadInputError(f"DATA: no usable row: {reasons}")
    past.lines.sort(key=lambda line: (line.created, line.vendor, line.order))
    return past


def _columns(header: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    header = list(header)
    columns = {}
    for name, usual in NAMES.items():
        wanted = (mapping[name],) if name in mapping else usual
        found = next((column for column in wanted if column in header), None)
        if found is not None:
            columns[name] = found
        elif name in NEEDED or name in mapping:
            raise BadInputError(
                f"DATA: no column {' or '.join(wanted)} for {name}; "
                f'there are {", ".join(header) or "none"}. Say which: MAP="{name}=<column>"'
            )
    return columns


class _UnusableError(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


def _line(number: str, row: Mapping[str, str | None], columns: Mapping[str, str]) -> PastLine:
    created = _time(row, columns, "created")
    vendor = _text(row, columns, "vendor")
    if created is None or not vendor:
        raise _UnusableError("no order date" if created is None else "no vendor")
    received = _time(row, columns, "first_gr")
    if received is not None and received <= created:
        raise _UnusableError("received no later than it was ordered")
    withdrawn = None if received is not None else _time(row, columns, "withdrawn")
    if withdrawn is not None and withdrawn < created:
        raise _UnusableError("withdrawn before it was ordered")
    return PastLine(number, vendor, _text(row, columns, "order") or f"@{created}", created, received, withdrawn)


def _text(row: Mapping[str, str | None], columns: Mapping[str, str], name: str) -> str:
    return (row.get(columns.get(name, "")) or "").strip()


def _time(row: Mapping[str, str | None], columns: Mapping[str, str], name: str) -> int | None:
    text = _text(row, columns, name)
    if not text:
        return None
    try:
        return parse_time(text)
    except ValueError:
        raise _UnusableError(f"unreadable date in {columns[name]}", f": {text[:40]!r}") from None
