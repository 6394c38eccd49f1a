"""Suppliers as rows: what of them is late, and how well they keep the first dates that they confirm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.purchasing.otif import SupplierRecord

FEW = 5
"""Below so many judged lines a share says little, which is said beside it."""


@dataclass(frozen=True)
class SupplierRow:
    """As it is shown: amounts with their currency, OTIF with what it stands on. "no data" is never a share."""

    supplier_id: str
    open_orders: int
    late_orders: int
    late_days: int
    late_value: str
    reminders: int
    otif: str
    judged: str


def supplier_rows(records: Iterable[SupplierRecord], limit: int) -> list[SupplierRow]:
    """The first `limit` of them, in the order given."""
    return [_row(record) for record, _ in zip(records, range(limit), strict=False)]


def _row(record: SupplierRecord) -> SupplierRow:
    return SupplierRow(
        supplier_id=record.supplier_id,
        open_orders=record.open_orders,
        late_orders=record.late_orders,
        late_days=record.late_days,
        late_value=" + ".join(f"{value:,.2f} {currency}" for currency, value in sorted(record.late_value.items())),
        reminders=record.reminders,
        otif=share(record.otif_permille),
        judged=_judged(record),
    )


def share(permille: int | None) -> str:
    """`87.5 %`, or `no data`."""
    return "no data" if permille is None else f"{permille // 10}.{permille % 10} %"


def _judged(record: SupplierRecord) -> str:
    if not record.judged:
        return "no confirmed date has passed"
    lines = "1 line" if record.judged == 1 else f"{record.judged:,} lines"
    return f"{record.kept:,} of {lines}" + (", few" if record.judged < FEW else "")
