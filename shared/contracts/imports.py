"""Imports on the wire: which rows there are, and what is answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.contracts.catalog import ItemRow, OpeningStockRow
from shared.contracts.common import Model
from shared.contracts.suppliers import SupplierRow
from shared.contracts.tables import Columns

Kind = Literal["suppliers", "items", "opening_stock"]
KINDS: tuple[Kind, ...] = ("suppliers", "items", "opening_stock")

ROWS: dict[Kind, type[Model]] = {"suppliers": SupplierRow, "items": ItemRow, "opening_stock": OpeningStockRow}

NESTED: dict[Kind, frozenset[str]] = {
    "suppliers": frozenset(),
    "items": frozenset({"price_breaks", "other_suppliers"}),
    "opening_stock": frozenset(),
}
"""Lists of terms, which a cell cannot hold: rows of NDJSON have them, columns of CSV do not."""

COLUMNS: dict[Kind, Columns] = {
    "suppliers": Columns(
        names=(
            "supplier_id",
            "name",
            "email",
            "locale",
            "country",
            "order_weekdays",
            "lead_time_days.likely",
            "lead_time_days.by",
            "min_order_value",
            "currency",
            "max_wait_days",
            "when_quota_missed",
            "freight_cost",
            "small_order_fee",
            "hold_for",
            "amend_days",
            "holidays",
        ),
        numbers=frozenset({"lead_time_days.likely", "lead_time_days.by", "max_wait_days", "amend_days"}),
        lists=frozenset({"holidays"}),
        number_lists=frozenset({"order_weekdays"}),
    ),
    "items": Columns(
        names=(
            "sku",
            "description",
            "supplier_id",
            "supplier_sku",
            "moq",
            "pack_size",
            "unit_cost",
            "currency",
            "backorder_limit",
            "sellability_when_empty",
            "reorder_point",
            "alternatives",
        ),
        numbers=frozenset({"moq", "pack_size", "backorder_limit", "reorder_point"}),
        lists=frozenset({"alternatives"}),
    ),
    "opening_stock": Columns(names=("sku", "quantity"), numbers=frozenset({"quantity"})),
}


class ImportResult(Model):
    """What an import did, or with `dry_run` would do. An import with any wrong row does nothing and is a problem."""

    kind: Kind
    dry_run: bool
    rows: int = Field(description="rows of the table")
    created: int
    updated: int
    unchanged: int
