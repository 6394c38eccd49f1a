"""Routes of the catalog: suppliers and items."""

from __future__ import annotations

from shared.aws.demand_store import TableDemandStore
from shared.catalog.lookup import get_item, list_items
from shared.catalog.put import Outcome
from shared.catalog.put_items import put_item
from shared.catalog.put_suppliers import put_supplier
from shared.contracts.catalog import ItemList, ItemView, PutItem
from shared.contracts.suppliers import PutSupplier, SupplierView
from shared.inventory.tally import tally_demand
from shared.kernel import clock
from shared.runtime import queries
from shared.runtime.http import SO, Answer, Call, O, etag, link, operation

_SELLABILITY = ("in_stock", "backorder", "preorder", "made_to_order", "out_of_stock", "discontinued")


@operation(
    "PUT",
    "/v1/suppliers/{supplier_id}",
    scopes=O,
    summary="Create or replace a supplier",
    body=PutSupplier,
    answers={200: SupplierView, 201: SupplierView},
)
def put_supplier_card(call: Call) -> Answer:
    """The same body again changes nothing and keeps the version."""
    wanted = call.body.to_supplier(call.path["supplier_id"])
    written = put_supplier(wanted, expected=call.if_match, catalog=call.container.catalog, now=clock.now())
    location = link("/v1/suppliers/{id}", id=wanted.supplier_id)
    return _put(SupplierView.of(written.card), written.outcome, written.card.version, location)


@operation(
    "PUT",
    "/v1/items/{sku}",
    scopes=O,
    summary="Create or replace an item",
    body=PutItem,
    answers={200: ItemView, 201: ItemView},
)
def put_item_card(call: Call) -> Answer:
    """The same body again changes nothing and keeps the version."""
    sku, catalog = call.path["sku"], call.container.catalog
    written = put_item(call.body.to_item(sku), expected=call.if_match, catalog=catalog)
    if written.card.limit is not None and written.outcome is Outcome.UPDATED:
        # Orders from before the limit count against it, also those that the tally has not come to yet.
        tally_demand([sku], [], store=TableDemandStore(call.container.table), now=clock.now())
    location = link("/v1/items/{sku}", sku=sku)
    return _put(ItemView.of(get_item(sku, catalog=catalog)), written.outcome, written.card.version, location)


@operation("GET", "/v1/items/{sku}", scopes=SO, summary="One item", answers={200: ItemView})
def get_item_card(call: Call) -> Answer:
    found = get_item(call.path["sku"], catalog=call.container.catalog)
    return Answer(ItemView.of(found), headers={"ETag": etag(found.item.version)})


@operation(
    "GET",
    "/v1/items",
    scopes=SO,
    summary="Items in order of SKU, optionally only those with one sellability",
    answers={200: ItemList},
    query=("sellability", "limit", "cursor"),
)
def get_items(call: Call) -> Answer:
    """The list behind a backorder page."""
    wanted = queries.choice(call, "sellability", _SELLABILITY)
    page = queries.page(call)
    after = page.after["sku"] if page.after else None
    found = list_items(wanted, after=after, limit=page.limit, catalog=call.container.catalog)  # type: ignore[arg-type]
    position = {"sku": found.last} if found.last is not None else None
    return Answer(ItemList(items=[ItemView.of(one) for one in found.items], next_cursor=page.cursor(position)))


def _put(view: SupplierView | ItemView, outcome: Outcome, version: int, location: str) -> Answer:
    if outcome is Outcome.CREATED:
        return Answer(view, 201, {"ETag": etag(version), "Location": location})
    return Answer(view, 200, {"ETag": etag(version)})
