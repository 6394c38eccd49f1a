"""What the client was told is in the state, what it was refused is not: read over HTTP, when all has settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tests.simulation.memory import Memory, Order
from tests.simulation.scene import at
from tests.simulation.universe import Universe

Violation = tuple[str, str, str]


def contradictions(universe: Universe) -> Iterator[Violation]:
    """Everything that differs from what the client knows."""
    memory = universe.memory
    yield from memory.wrong
    for order in memory.orders.values():
        yield from _order(universe, order)
    for sku in memory.skus:
        yield from _stock(universe, memory, sku)
    yield from _shipments(universe)
    yield from _bulk(universe)
    yield from _events(universe)
    yield from _mails(universe)
    yield from _supplier_mails(universe)


def _order(universe: Universe, order: Order) -> Iterator[Violation]:
    found = _found(universe, order.order_id, "client-s")
    if not order.exists:
        if found and "unknown" not in order.told:
            yield "fail_is_not_there", order.order_id, f"refused, and yet {found[0]['backorder_id']}"
        return
    ids = [view["backorder_id"] for view in found]
    if ids != [order.backorder_id]:
        yield "ok_is_there", order.order_id, f"told {order.backorder_id}, found {ids}"
        return
    (view,) = found
    lines = {line["line_id"]: line for line in view["lines"]}
    sent = {line["line_id"]: (line["sku"], line["quantity"]) for line in order.body["lines"]}
    kept = {name: (line["sku"], line["quantities"]["ordered"]) for name, line in lines.items() if name in sent}
    if kept != sent:
        yield "lines_are_those_sent", order.order_id, f"sent {sent}, found {kept}"
    yield from _changes(order, lines, _cancelled_by_rule(universe, order))


def _cancelled_by_rule(universe: Universe, order: Order) -> int:
    """Units that nobody agreed to wait for in time."""
    history = universe.client.get("s", order.path + "/history")
    events = history["items"] if history else []
    return sum(
        event["units"] or 0 for event in events if event["event"] == "cancel" and event["actor"].startswith("rule:")
    )


def _changes(order: Order, lines: dict[str, Any], by_rule: int) -> Iterator[Violation]:
    """Cancelled and switched units: at least what was told, at most what was asked."""
    for name, units in order.cancelled.items():
        if lines[name]["quantities"]["cancelled"] < units:
            yield "cancelled_is_there", f"{order.order_id}/{name}", f"told {units}: {lines[name]['quantities']}"
    cancelled = sum(line["quantities"]["cancelled"] for line in lines.values())
    if cancelled > order.cancel_asked + by_rule:
        expected = f"asked for {order.cancel_asked}, by rule {by_rule}"
        yield "nothing_else_is_cancelled", order.order_id, f"{expected}, cancelled {cancelled}"
    added = {name for name, line in lines.items() if line["switched_from"]}
    if not order.switches <= added:
        yield "switched_is_there", order.order_id, f"told {sorted(order.switches)}, found {sorted(added)}"
    if len(added) > order.switches_asked:
        yield "switched_once", order.order_id, f"asked for {order.switches_asked}, found {sorted(added)}"


def _stock(universe: Universe, memory: Memory, sku: str) -> Iterator[Violation]:
    stock = universe.client.get("o", at("items", sku, "stock"))
    if stock is None:
        yield "stock_answers", sku, "no answer"
        return
    for name, posts in (("received", memory.receipts), ("corrections", memory.corrections)):
        told = sum(post.units[sku] for post in posts.values())
        if stock[name] != told:
            yield f"{name}_once", sku, f"told {told}, found {stock[name]}"


def _shipments(universe: Universe) -> Iterator[Violation]:
    found: Counter[str] = Counter()
    for backorder in sorted({shipment["backorder_id"] for shipment in universe.memory.shipments.values()}):
        view = universe.client.get("o", f"/v1/backorders/{backorder}")
        for release in view["releases"] if view else []:
            found.update(shipment["shipment_id"] for shipment in release["shipments"])
    for name, shipment in universe.memory.shipments.items():
        expected = {1} if "ok" in shipment["told"] else {0, 1} if "unknown" in shipment["told"] else {0}
        if found[name] not in expected:
            yield "shipped_once", name, f"told {sorted(shipment['told'])}, found {found[name]}"


def _bulk(universe: Universe) -> Iterator[Violation]:
    """A message becomes an order or a refusal."""
    refused = {e["data"]["order_id"] for e in _heard(universe) if e["metadata"]["type"] == "backorder.refused"}
    for order_id in universe.memory.bulk:
        orders = len(_found(universe, order_id, "bulk"))
        if orders + (order_id in refused) < 1 or orders > 1:
            yield "bulk_is_answered", order_id, f"{orders} orders, refused: {order_id in refused}"


def _events(universe: Universe) -> Iterator[Violation]:
    """The bus heard of every order and every receipt; under one id, however often."""
    heard: dict[str, set[str]] = {}
    for detail in _heard(universe):
        heard.setdefault(f"{detail['metadata']['type']} {_subject(detail['data'])}", set()).add(
            detail["metadata"]["id"]
        )
    known = [f"backorder.recorded {order.backorder_id}" for order in universe.memory.existing()]
    known += [f"receipt.posted {name}" for name, post in universe.memory.receipts.items() if sum(post.units.values())]
    for name in known:
        if len(heard.get(name, ())) != 1:
            yield "the_bus_heard_of_it", name, f"events under {len(heard.get(name, ()))} ids"


def _heard(universe: Universe) -> Iterator[Any]:
    """What the service has put on its bus; SES reports on another."""
    for event in universe.world.engine.events.published:
        if "metadata" in event.envelope["detail"]:
            yield event.envelope["detail"]


def _subject(data: Any) -> str:
    return str(data.get("receipt_id") or data.get("backorder_id") or "")


def _mails(universe: Universe) -> Iterator[Violation]:
    """A mail that SES accepted has its own notice, and a notice its one mail."""
    accepted: Counter[str] = Counter()
    for mail in universe.world.engine.ses.mailbox:
        accepted[mail["tags"].get("backorder_id", "")] += 1
    for backorder, mails in sorted(accepted.items()):
        history = universe.client.get("o", f"/v1/backorders/{backorder}/history") if backorder else None
        if history is None:
            continue
        states = Counter(event["event"] for event in history["items"])
        possible = states["mail_sent"] + states["mail_unknown"] + states["mail_claimed"]
        if not states["mail_sent"] <= mails <= possible:
            yield "one_mail_per_notice", backorder, f"{mails} accepted, {dict(states)}"


def _supplier_mails(universe: Universe) -> Iterator[Violation]:
    """A purchase order is mailed once; once more for every approval, which asks for it."""
    sent = Counter(
        mail["tags"]["purchase_order_id"]
        for mail in universe.world.engine.ses.mailbox
        if mail["tags"]["kind"] == "purchase_order"
    )
    for order, mails in sent.items():
        if mails > 1 + universe.memory.approvals[order]:
            yield "one_mail_per_purchase_order", order, f"{mails} mails, {universe.memory.approvals[order]} approvals"


def _found(universe: Universe, order_id: str, storefront: str) -> list[Any]:
    page = universe.client.get("o", f"/v1/backorders?order_id={quote(order_id)}&storefront={storefront}")
    return page["items"] if page else []
