"""What the dates of orders stand on by now, for whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.aws.stock_items import read_stock
from shared.aws.table import Table
from shared.backorders.lookup import OrderView
from shared.promising.repromise import undecided, with_basis


def with_supply(table: Table, views: Sequence[OrderView]) -> list[OrderView]:
    """The same orders, with the basis of each date; one read per hundred SKUs that are waited for."""
    skus = {sku for view in views for sku in undecided(view.lines)}
    stocks = read_stock(table, sorted(skus)) if skus else {}
    return [replace(view, lines=[with_basis(line, stocks.get(line.sku)) for line in view.lines]) for view in views]
