"""Suppliers' documents on the wire: the table that goes out with every order and comes back filled in, and UBL."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from pydantic import Field

from shared.contracts.common import MAX_UNITS, Model
from shared.contracts.days import day_or_instant
from shared.contracts.tables import CSV, Columns, read_csv
from shared.contracts.ubl import read_ubl
from shared.kernel import ids
from shared.kernel.errors import FieldError, Invalid
from shared.purchasing.documents import COLUMNS
from shared.purchasing.lines import Reply
from shared.purchasing.supplier_documents import Row, SupplierDocument

_COUNTED = ("line", "ordered", "received", "open")
_TABLE = Columns(names=COLUMNS, numbers=frozenset({"quantity", *_COUNTED}))


class DocumentOrder(Model):
    """A purchase order that the document speaks of."""

    purchase_order_id: str
    lines: int = Field(description="lines that the document says something about")
    status: str = Field(description="of the order afterwards; in a dry run, as it is")


class DocumentResult(Model):
    """What came of a document. One with any wrong row does nothing and is a problem that lists them by row."""

    kind: Literal["csv", "order_response", "despatch_advice"]
    document_id: str
    dry_run: bool
    orders: list[DocumentOrder]


def read_document(text: str, media: str) -> tuple[SupplierDocument, list[FieldError]]:
    """The document and what is wrong with its rows. Raises Malformed or Invalid where it is none at all."""
    return _table(text) if media.lower().startswith(CSV) else read_ubl(text)


def _table(text: str) -> tuple[SupplierDocument, list[FieldError]]:
    table = read_csv(text, _TABLE)
    errors, rows = list(table.errors), []
    for number, cells in table.rows:
        if "status" not in cells:
            if {"quantity", "date"} & cells.keys():
                errors.append(FieldError("/status", f"must be one of {', '.join(get_args(Reply))}", number))
            continue
        wrong = [FieldError(f"/{name}", detail, number) for name, detail in _wrong(cells)]
        errors += wrong
        if not wrong:
            rows.append(_row(number, cells))
    if not rows and not errors:
        raise Invalid("no row of the table has a status: nothing is answered")
    return SupplierDocument("csv", ids.digest(text), tuple(rows)), errors


def _wrong(cells: dict[str, object]) -> list[tuple[str, str]]:
    wrong = []
    if "purchase_order_id" not in cells:
        wrong.append(("purchase_order_id", "is required"))
    if cells["status"] not in get_args(Reply):
        wrong.append(("status", f"must be one of {', '.join(get_args(Reply))}"))
    quantity = cells.get("quantity", 0)
    if not isinstance(quantity, int) or not 0 <= quantity <= MAX_UNITS:
        wrong.append(("quantity", f"must be a whole number up to {MAX_UNITS}"))
    wrong += [(name, "must be a whole number") for name in _COUNTED if not isinstance(cells.get(name, 0), int)]
    if "received" not in cells and {"open", "seen"} & cells.keys():
        wrong.append(("received", "is required: what is written as quantity is of the units that are open"))
    try:
        _date(cells.get("date"))
    except ValueError as error:
        wrong.append(("date", str(error)))
    return wrong


def _row(number: int, cells: dict[str, object]) -> Row:
    def text(name: str) -> str | None:
        return str(cells[name]) if name in cells else None

    def whole(name: str) -> int | None:
        value = cells.get(name)
        return value if isinstance(value, int) else None

    # The supplier's own number stands in the table for his convenience; our SKU alone decides where it is given.
    sku = text("sku")
    return Row(
        number,
        str(cells["purchase_order_id"]),
        sku=sku,
        supplier_sku=None if sku else text("supplier_sku"),
        line=None if sku else whole("line"),
        reply=next(one for one in get_args(Reply) if one == cells["status"]),
        quantity=whole("quantity"),
        date=_date(cells.get("date")),
        ordered=whole("ordered"),
        received=whole("received"),
        seen=text("seen"),
    )


def _date(value: object) -> datetime | None:
    """The day of a cell, None for an empty one. Raises ValueError with what is wrong about it."""
    if value is None:
        return None
    at = day_or_instant(value)
    if isinstance(at, datetime):
        return at
    raise ValueError("must be a date such as 2026-01-20")
