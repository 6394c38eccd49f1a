"""Rows of an Online Retail file: which encoding, separator and date order it has, and its rows one by one."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

_COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
_OTHER_NAMES = {"invoice": "InvoiceNo", "price": "UnitPrice"}  # of the data set's second edition
_KNOWN = {name.lower(): name for name in _COLUMNS} | _OTHER_NAMES
_SLASHED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}) +(\d{1,2}):(\d{2})(?::(\d{2}))?")
_MAX_ID, _MAX_SKU = 64, 128
_CENT = Decimal("0.01")
_MONTHS = 12
_YEARS = range(1990, 2101)


class NotARetailFileError(ValueError):
    """The file is not an Online Retail file; the message says what is missing."""


class MalformedRowError(ValueError):
    """One row cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A readable row; text trimmed, `customer` empty where the file has none, times taken as UTC."""

    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `positions` are those of the eight columns, in the order of `Row`."""

    encoding: str
    delimiter: str
    positions: tuple[int, ...]
    width: int
    day_first: bool = False


def _open(path: Path) -> BinaryIO:
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
    except OSError as error:
        raise NotARetailFileError(f"{path}: cannot be opened: {error.strerror}") from error
    if start.startswith(b"PK\x03\x04"):
        raise NotARetailFileError(f"{path}: this is a workbook or zip archive; save it as csv (or csv.gz) first")
    if start.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def _lines(path: Path) -> Iterator[bytes]:
    with closing(_open(path)) as file:
        try:
            yield from file
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise NotARetailFileError(f"{path}: the compressed file is damaged or cut off: {error}") from error
        except OSError as error:
            raise NotARetailFileError(f"{path}: cannot be read: {error.strerror}") from error


def probe(path: Path) -> Dialect:
    """Read the file once to learn how it is written. NotARetailFileError if it is no such file.

    Dates such as 11/21/2011 are month first unless more of the file's dates can only be day first.
    """
    encoding, header, days_first, months_first = "utf-8-sig", None, 0, 0
    for raw in _lines(path):
        if header is None:
            if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise NotARetailFileError(f"{path}: text in UTF-16; save it as UTF-8")
            header = raw
        if encoding == "utf-8-sig" and not raw.isascii():
            encoding = encoding if _is_utf8(raw) else "cp1252"
        match = _SLASHED.search(raw.decode("latin-1"))
        if match:
            days_first += int(match[1]) > _MONTHS
            months_first += int(match[2]) > _MONTHS
    if header is None:
        raise NotARetailFileError(f"{path}: the file is empty; its first line must name {', '.join(_COLUMNS)}")
    return _dialect(path, header.decode(encoding, "replace"), encoding, day_first=days_first > months_first)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _dialect(path: Path, header: str, encoding: str, *, day_first: bool) -> Dialect:
    delimiter = max(",;\t", key=header.count)
    try:
        names = _split(header, delimiter)
    except MalformedRowError as error:
        raise NotARetailFileError(
            f"{path}: not an Online Retail file: the first line cannot be read ({error})"
        ) from error
    found = {_KNOWN.get(re.sub(r"[\s_]", "", name).lower()): n for n, name in reversed(list(enumerate(names)))}
    missing = [name for name in _COLUMNS if name not in found]
    if missing:
        raise NotARetailFileError(
            f"{path}: not an Online Retail file: the first line does not name {', '.join(missing)}"
        )
    return Dialect(encoding, delimiter, tuple(found[name] for name in _COLUMNS), len(names), day_first)


def _split(line: str, delimiter: str) -> list[str]:
    """Fields of one line. A row is a line here: an unclosed quote then spoils one row, not the rest of the file."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise MalformedRowError(str(error)) from error


def rows(path: Path, dialect: Dialect) -> Iterator[tuple[int, Row | MalformedRowError]]:
    """Every row after the header with its line number; blank lines are left out."""
    for number, raw in enumerate(_lines(path), start=1):
        if number == 1 or not raw.strip():
            continue
        try:
            yield number, _row(raw.decode(dialect.encoding, "replace"), dialect)
        except MalformedRowError as error:
            yield number, error


def _row(line: str, dialect: Dialect) -> Row:
    fields = _split(line.rstrip("\r\n"), dialect.delimiter)
    if len(fields) != dialect.width:
        raise MalformedRowError(f"{len(fields)} columns instead of {dialect.width}")
    invoice, code, description, quantity, at, price, customer, country = (fields[n].strip() for n in dialect.positions)
    for name, value, longest in (("InvoiceNo", invoice, _MAX_ID), ("StockCode", code, _MAX_SKU)):
        if not value or len(value) > longest or not value.isprintable():
            raise MalformedRowError(f"{name} {value[:20]!r} is not 1 to {longest} printable characters")
    customer = _without_fraction(customer)
    if len(customer) > _MAX_ID or not customer.isprintable():
        raise MalformedRowError(f"CustomerID {customer[:20]!r} is not printable or too long")
    return Row(
        invoice, code, "" if description.lower() == "nan" else description, _whole(quantity),
        _instant(at, day_first=dialect.day_first), _money(price), customer, country,
    )  # fmt: skip


def _without_fraction(text: str) -> str:
    """`17850.0` as spreadsheets write it is 17850; `nan` is nothing."""
    return "" if text.lower() == "nan" else text.removesuffix(".0")


@lru_cache(maxsize=4096)
def _whole(text: str) -> int:
    try:
        return int(_without_fraction(text))
    except ValueError as error:
        raise MalformedRowError(f"Quantity {text[:20]!r} is not a whole number") from error


@lru_cache(maxsize=4096)
def _money(text: str) -> Decimal:
    try:
        price = Decimal(text.replace(",", ".")).quantize(_CENT)
    except InvalidOperation as error:
        raise MalformedRowError(f"UnitPrice {text[:20]!r} is not a number") from error
    if not price.is_finite():
        raise MalformedRowError(f"UnitPrice {text[:20]!r} is not a number")
    return price


@lru_cache(maxsize=256)
def _instant(text: str, *, day_first: bool) -> datetime:
    try:
        at = _parsed(text, day_first=day_first)
    except ValueError as error:
        raise MalformedRowError(f"InvoiceDate {text[:20]!r} is not a date") from error
    if at.year not in _YEARS:
        raise MalformedRowError(f"InvoiceDate {text[:20]!r} is not in the years {_YEARS[0]} to {_YEARS[-1]}")
    return at


def _parsed(text: str, *, day_first: bool) -> datetime:
    """An ISO date and time, or one with slashes, dots or dashes; UTC unless it says otherwise."""
    match = _SLASHED.fullmatch(text)
    if match is None:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    one, other, year, hour, minute = (int(match[n]) for n in range(1, 6))
    month, day = (other, one) if day_first else (one, other)
    return datetime(year, month, day, hour, minute, int(match[6] or 0), tzinfo=UTC)
