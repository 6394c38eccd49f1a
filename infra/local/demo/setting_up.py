"""Tells the service who supplies what and what lies on the shelf."""

from __future__ import annotations

from infra.local.demo.service import Json, Service
from infra.local.demo.supply import Product, Supplier, Supply

RULE = (
    "The shop writes to who waits and heard nothing for 10 days. Of the first 20 products that are not on the shelf on "
    "the first day a visitor asks each to be told when there are some.",
)
_LOCALES = ("en", "sv", "nl", "de", "fr", "es")
_SILENT_DAYS, _ASKED_FOR = 10, 20


def set_up(service: Service, supply: Supply, currency: str) -> None:
    """Suppliers, items and opening stock, as a merchant would enter them before the first order."""
    for supplier in supply.suppliers:
        service.put("/v1/suppliers/{}", supplier.supplier_id, body=supplier_body(supplier, currency))
    for product in supply.products:
        service.put("/v1/items/{}", product.sku, body=item_body(product, currency))
    for product in supply.products:
        if product.opening_stock:
            body: Json = {
                "correction_id": f"opening-{product.sku}"[:64],
                "sku": product.sku,
                "delta": product.opening_stock,
                "reason": "opening",
            }
            service.post("/v1/stock-corrections", body=body, key=f"opening-{product.sku}")
    service.put("/v1/settings", body={"still_waiting_days": _SILENT_DAYS})
    service.settle()
    empty = [product.sku for product in supply.products if not product.opening_stock]
    for n, sku in enumerate(empty[:_ASKED_FOR]):
        visitor: Json = {"email": f"visitor{n}@customers.example", "locale": _LOCALES[n % len(_LOCALES)]}
        service.post("/v1/items/{}/subscriptions", sku, body=visitor, key=f"visitor-{n}", scope="storefront")


def supplier_body(supplier: Supplier, currency: str) -> Json:
    likely, by = supplier.stated_lead_time
    return {
        "name": supplier.name,
        "email": supplier.email,
        "locale": supplier.locale,
        "country": supplier.country,
        "order_weekdays": list(supplier.order_weekdays),
        "lead_time_days": {"likely": likely, "by": by},
        "min_order_value": supplier.min_order_value,
        "currency": currency,
        "max_wait_days": supplier.max_wait_days,
    }


def item_body(product: Product, currency: str) -> Json:
    return {
        "description": product.description,
        "supplier_id": product.supplier_id,
        "pack_size": product.pack_size,
        "moq": product.moq,
        "unit_cost": product.unit_cost,
        "currency": currency,
        "backorder_limit": product.backorder_limit,
        "sellability_when_empty": product.when_empty,
        "alternatives": list(product.alternatives),
    }
