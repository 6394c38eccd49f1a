"""Importing this module registers every operation of the API; one module per area."""

from __future__ import annotations

from functions.api import (
    backorder_queries,
    backorders,
    books,
    catalog,
    customer_pages,
    imports,
    meta,
    payments,
    public_pages,
    purchasing,
    quotes,
    receiving,
    releases,
    risks,
    settings,
    simulations,
    stock,
    supplier_documents,
    supplier_pages,
    webhooks,
)

MODULES = (
    backorders,
    backorder_queries,
    payments,
    customer_pages,
    public_pages,
    quotes,
    purchasing,
    supplier_pages,
    supplier_documents,
    receiving,
    releases,
    risks,
    stock,
    catalog,
    imports,
    meta,
    settings,
    simulations,
    webhooks,
    books,
)
