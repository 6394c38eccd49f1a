"""Reads an Online Retail file (UCI Machine Learning Repository, doi 10.1057/dbm.2012.17) into an order book.

One pass over the rows; what is kept of a row is its SKU, quantity and price, so that a whole year fits easily.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from sys import intern

from infra.local.demo.book import Action, BookLine, Cancellation, CancelledUnits, Order, OrderBook
from infra.local.demo.cancellations import OpenUnits
from infra.local.demo.retail_rows import MalformedRowError, NotARetailFileError, Row, probe, rows
from infra.local.demo.retail_rules import REMARK_RULES, SKIP_RULES, is_cancellation, reason_to_skip

_EXAMPLES = 5


@dataclass(slots=True)
class _Invoice:
    """The rows of one invoice that count; its first row says when, who and where."""

    number: str
    at: datetime
    customer: str
    country: str
    position: int
    lines: list[tuple[str, int, str]] = field(default_factory=list)
    seen: set[tuple[str, str, int, datetime, Decimal, str, str]] = field(default_factory=set)


@dataclass
class _Reading:
    """What is gathered while the rows go by."""

    limit: int | None
    invoices: dict[str, _Invoice] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    described_otherwise: set[str] = field(default_factory=set)
    read: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def malformed(self, number: int, error: MalformedRowError) -> None:
        self.skipped["malformed"] += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(f"line {number}: {error}")

    def take(self, row: Row) -> None:
        invoice = self._invoice(row)
        if invoice is None:
            self.skipped["beyond_limit"] += 1
            return
        reason = self._reason(invoice, row)
        if reason:
            self.skipped[reason] += 1
            return
        sku = intern(row.code)
        invoice.lines.append((sku, row.quantity, intern(str(row.price))))
        self._describe(sku, row.description)

    def _invoice(self, row: Row) -> _Invoice | None:
        invoice = self.invoices.get(row.invoice)
        if invoice is None:
            if self.limit is not None and len(self.invoices) >= self.limit:
                return None
            invoice = _Invoice(row.invoice, row.at, intern(row.customer), intern(row.country), len(self.invoices))
            self.invoices[row.invoice] = invoice
        return invoice

    @staticmethod
    def _reason(invoice: _Invoice, row: Row) -> str | None:
        key = (
            intern(row.code), intern(row.description), row.quantity, row.at, row.price, row.customer, row.country,
        )  # fmt: skip
        reason = reason_to_skip(row.invoice, row.code, row.quantity, row.price, row.customer)
        if reason is None and key in invoice.seen:
            return "duplicate"
        invoice.seen.add(key)
        return reason

    def _describe(self, sku: str, description: str) -> None:
        if not description:
            self.remarks["lines_without_description"] += 1
        elif self.descriptions.setdefault(sku, description) != description:
            self.described_otherwise.add(sku)


def read_retail_file(path: Path, limit: int | None = None) -> OrderBook:
    """The order book of the file's first `limit` invoices (all of them without a limit).

    Raises NotARetailFileError if the file is something else, or if it has no order at all.
    """
    dialect = probe(path)
    reading = _Reading(limit)
    for number, row in rows(path, dialect):
        reading.read["rows"] += 1
        if isinstance(row, MalformedRowError):
            reading.malformed(number, row)
        else:
            reading.take(row)
    actions = _actions(reading)
    if not any(isinstance(action, Order) for action in actions):
        left_out = ", ".join(f"{reason} {count}" for reason, count in reading.skipped.items()) or "nothing"
        raise NotARetailFileError(f"{path}: no order in {reading.read['rows']} rows; left out: {left_out}")
    _remark_on_skus(reading, actions)
    return OrderBook(
        source=path.name,
        currency="GBP",
        actions=actions,
        descriptions=reading.descriptions,
        rules=SKIP_RULES | REMARK_RULES,
        read=reading.read,
        skipped=reading.skipped,
        remarks=reading.remarks,
        examples=tuple(reading.examples),
    )


def _actions(reading: _Reading) -> tuple[Action, ...]:
    """Orders and matched cancellations in time order; invoices of the same instant keep the file's order."""
    invoices = sorted(reading.invoices.values(), key=lambda invoice: (invoice.at, invoice.position))
    reading.read["invoices"] = len(invoices)
    open_units = OpenUnits(
        (invoice.customer, sku)
        for invoice in invoices
        if is_cancellation(invoice.number) and invoice.customer
        for sku, _, _ in invoice.lines
    )
    actions: list[Action] = []
    for invoice in invoices:
        invoice.seen.clear()
        if is_cancellation(invoice.number):
            actions.extend(_cancellation(invoice, open_units, reading))
        elif invoice.lines:
            order = _order(invoice, reading)
            open_units.add(order)
            actions.append(order)
        else:
            reading.remarks["invoices_without_order"] += 1
    return tuple(actions)


def _order(invoice: _Invoice, reading: _Reading) -> Order:
    lines = tuple(BookLine(str(n), sku, units, price) for n, (sku, units, price) in enumerate(invoice.lines, 1))
    reading.read["orders"] += 1
    reading.read["lines"] += len(lines)
    reading.remarks["orders_of_guests"] += not invoice.customer
    reading.remarks["lines_free_of_charge"] += sum(line.unit_price == "0.00" for line in lines)
    reading.remarks["lines_repeating_a_sku"] += len(lines) - len({line.sku for line in lines})
    customer = invoice.customer or f"guest-{invoice.number}"
    return Order(invoice.at, invoice.number, customer, invoice.country, lines)


def _cancellation(invoice: _Invoice, open_units: OpenUnits, reading: _Reading) -> list[Cancellation]:
    """The invoice as one cancellation of what it matches; nothing if it matches nothing."""
    parts: list[CancelledUnits] = []
    for sku, negative, _ in invoice.lines:
        taken = open_units.take_back(invoice.customer, sku, -negative)
        units = sum(part.units for part in taken)
        reading.remarks["cancelled_units_matched"] += units
        reading.remarks["cancelled_units_unmatched"] += -negative - units
        reading.skipped["cancellation_unmatched"] += not taken
        parts.extend(taken)
    if not parts:
        return []
    reading.read["cancellations"] += 1
    return [Cancellation(invoice.at, invoice.number, tuple(parts))]


def _remark_on_skus(reading: _Reading, actions: tuple[Action, ...]) -> None:
    skus = {line.sku for action in actions if isinstance(action, Order) for line in action.lines}
    spellings = Counter(sku.upper() for sku in skus)
    reading.read["skus"] = len(skus)
    reading.remarks["skus_differing_by_case"] = sum(spellings[sku.upper()] > 1 for sku in skus)
    reading.remarks["skus_with_several_descriptions"] = len(reading.described_otherwise)
