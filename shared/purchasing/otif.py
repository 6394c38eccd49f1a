"""OTIF: whether suppliers deliver on time and in full, judged by the first date that they confirmed for each line.

A line is kept when all of its units are there between one day before that date and its end, by the merchant's calendar
(window -1/+0 days). A date that is moved later does not help, a part that is put off is not in full. Lines without a
confirmed date, and those whose day is not over, say nothing: nobody is at 100 % who was never measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal

from shared.kernel.clock import day_in, from_micros, micros
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder

EARLY_DAYS = 1
LATE_DAYS = 0
PERIOD_DAYS = 28
_DAY = 86_400_000_000


@dataclass
class SupplierRecord:
    """One supplier: `open_orders` that still expect goods, `late_orders` of them, the longest lateness in days, what
    is late by currency; and of the lines whose first date lies in the last 28 days, how many were judged and kept."""

    supplier_id: str
    open_orders: int = 0
    late_orders: int = 0
    late_days: int = 0
    late_value: dict[str, Decimal] = field(default_factory=dict)
    reminders: int = 0
    judged: int = 0
    kept: int = 0

    @property
    def otif_permille(self) -> int | None:
        """Kept lines of a thousand judged ones, rounded down; None where nothing was judged."""
        return None if not self.judged else 1000 * self.kept // self.judged


def kept(line: PurchaseOrderLine, now: datetime, zone: tzinfo) -> bool | None:
    """Whether a line came on time and in full; None if it cannot be told (no confirmed date, or its day is not over).

    What was closed short is not in full, whoever closed it.
    """
    if line.first_date is None or not line.ordered:
        return None
    came = line.last_received_at
    if line.open or line.closed_short or came is None:
        return False if _days_after(line.first_date, micros(now), zone) > LATE_DAYS else None
    return -EARLY_DAYS <= _days_after(line.first_date, came, zone) <= LATE_DAYS


def days_late(line: PurchaseOrderLine, now: datetime, zone: tzinfo) -> int:
    """Days since the day on which open units of a line were due: the first date confirmed, else the one expected."""
    due = line.first_date if line.first_date is not None else line.due
    return max(0, _days_after(due, micros(now), zone)) if line.open else 0


def worth_reading(order: PurchaseOrder, now: datetime) -> bool:
    """Whether the lines of an order can tell anything: it may be late, or its first date lies in the period."""
    if order.sent_at is None or order.status == "cancelled":
        return False
    since = micros(now) - (PERIOD_DAYS + EARLY_DAYS) * _DAY
    if order.first_said is not None and since <= order.first_said:
        return order.finished or order.first_said <= micros(now) + _DAY
    return not order.finished


def record_of(
    orders: Iterable[tuple[PurchaseOrder, Sequence[PurchaseOrderLine]]], now: datetime, zone: tzinfo
) -> list[SupplierRecord]:
    """All suppliers with open or judged orders, those with the longest lateness first."""
    found: dict[str, SupplierRecord] = {}
    for order, lines in orders:
        if order.sent_at is None or order.status == "cancelled":
            continue
        record = found.setdefault(order.supplier_id, SupplierRecord(order.supplier_id))
        _add_open(record, order, lines, now, zone)
        _add_judged(record, lines, now, zone)
    told = [record for record in found.values() if record.open_orders or record.judged]
    return sorted(told, key=lambda one: (-one.late_days, -one.late_orders, one.supplier_id))


def _add_open(
    record: SupplierRecord, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine], now: datetime, zone: tzinfo
) -> None:
    if order.finished:
        return
    record.open_orders += 1
    late = {line.sku: days for line in lines if (days := days_late(line, now, zone)) > 0}
    if not late:
        return
    record.late_orders += 1
    record.late_days = max(record.late_days, *late.values())
    record.reminders += order.reminders
    value = sum((line.open * Decimal(line.unit_cost) for line in lines if line.sku in late), Decimal(0))
    record.late_value[order.currency] = record.late_value.get(order.currency, Decimal(0)) + value


def _add_judged(record: SupplierRecord, lines: Sequence[PurchaseOrderLine], now: datetime, zone: tzinfo) -> None:
    for line in lines:
        if line.first_date is None or _days_after(line.first_date, micros(now), zone) > PERIOD_DAYS:
            continue
        verdict = kept(line, now, zone)
        if verdict is not None:
            record.judged += 1
            record.kept += verdict


def _days_after(day_of: int, at: int, zone: tzinfo) -> int:
    """Whole days of the calendar from the day confirmed or expected to that of an instant (microseconds)."""
    return (from_micros(at).astimezone(zone).date() - day_in(zone, day_of)).days
