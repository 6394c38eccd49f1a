"""Routes: what is to be shipped, shipments, recalls."""

from __future__ import annotations

from functools import partial

from functions.api.backorders import REPLAYED, storefront_of
from shared.aws.fulfilment_store import TableFulfilmentStore
from shared.aws.order_lists import TableOrderLists
from shared.aws.order_reader import TableOrderReader
from shared.contracts.backorder_views import release_to_ship
from shared.contracts.backorders import RecallBody, ReleasePage, ReleaseToShip, ShipBody
from shared.fulfilment.ship import ConfirmShipment, find_release, recall_release, ship_release
from shared.kernel import clock, ids
from shared.kernel.errors import Invalid
from shared.runtime import telemetry
from shared.runtime.http import SO, Answer, Call, O, operation
from shared.runtime.idempotency import answer_once
from shared.runtime.queries import choice, page

STATUSES = ("released", "partially_shipped", "shipped", "recalled")


@operation(
    "GET",
    "/v1/releases",
    scopes=SO,
    summary="Releases: what is to be shipped, or all of one order",
    answers={200: ReleasePage},
    query=("status", "order_id", "storefront", "limit", "cursor"),
)
def list_releases(call: Call) -> Answer:
    status, asked, own = choice(call, "status", STATUSES), page(call), storefront_of(call)
    table = call.container.table
    if "order_id" in call.query:
        storefront = call.query.get("storefront", own or call.caller.client)
        head, releases = TableOrderReader(table).releases(ids.digest(storefront, call.query["order_id"])) or (None, [])
        pairs = [(head, release) for release in releases if head]
        position = None
    elif status in {"shipped", "recalled"}:
        raise Invalid.at("status", "with this status, order_id is needed; without it only open releases are listed")
    else:
        pairs, position = TableOrderLists(table).to_ship(asked.after, asked.limit)
    items = [
        release_to_ship(head, release)
        for head, release in pairs
        if (status is None or release.status == status)
        and own in (None, head.storefront)
        and call.query.get("storefront", head.storefront) == head.storefront
    ]
    return Answer({"items": items, "next_cursor": asked.cursor(position)})


@operation(
    "POST",
    "/v1/releases/{release_id}/ship",
    scopes=SO,
    summary="Confirm a shipment, in whole or in part; what a part leaves out returns to allocated",
    body=ShipBody,
    answers={200: ReleaseToShip},
)
def ship(call: Call) -> Answer:
    body: ShipBody = call.body
    command = ConfirmShipment(
        release_id=call.path["release_id"],
        shipment_id=body.shipment_id,
        request_key=call.idempotency_key or "",
        digest=ids.body_digest(call.raw_body),
        actor=call.caller.actor,
        carrier=body.carrier,
        tracking=body.tracking,
        lines=None if body.lines is None else tuple((x.line_id, x.quantity) for x in body.lines),
        storefront=storefront_of(call),
    )
    shipped = ship_release(command, store=TableFulfilmentStore(call.container.table), now=clock.now())
    if not shipped.replayed:
        lines = shipped.release.shipments[-1].lines
        units = sum(n for _, n, _ in lines)
        telemetry.handled(len(lines))
        telemetry.count("UnitsShipped", units)
        telemetry.log("release_shipped", release=shipped.release.id, units=units)
    headers = REPLAYED if shipped.replayed else {}
    return Answer(release_to_ship(shipped.head, shipped.release), headers=headers)


@operation(
    "POST",
    "/v1/releases/{release_id}/recall",
    scopes=O,
    summary="Take back a release that has not been shipped; the order releases nothing more until set back",
    body=RecallBody,
    answers={200: ReleaseToShip},
)
def recall(call: Call) -> Answer:
    store = TableFulfilmentStore(call.container.table)
    first = answer_once(call, partial(_recall, call, store))
    found = find_release(first.body["release_id"], store, None)
    return Answer(release_to_ship(found.head, found.release), first.status, first.headers)


def _recall(call: Call, store: TableFulfilmentStore) -> Answer:
    actor, reason = call.caller.actor, call.body.reason or ""
    _, release = recall_release(call.path["release_id"], store=store, now=clock.now(), actor=actor, reason=reason)
    return Answer({"release_id": release.id})
