"""From the wire to commands: the same for HTTP and for the bulk queue."""

from __future__ import annotations

from typing import Any

from shared.backorders.model import Customer
from shared.backorders.record import RecordBackorder, WantedLine
from shared.contracts.backorders import BackorderBody
from shared.kernel import ids
from shared.kernel.clock import iso


def record_command(
    body: BackorderBody,
    raw: Any,
    *,
    storefront: str,
    request_key: str,
    actor: str,
    operations: bool,
    trace: str | None = None,
) -> RecordBackorder:
    """`raw` is the body as it came: a repeat is recognised by its content, whichever door it takes."""
    content = {name: value for name, value in raw.items() if name != "storefront"}
    payment: dict[str, str] = {"mode": body.payment.mode}
    if body.payment.authorisation_expires_at:
        payment["authorisation_expires_at"] = iso(body.payment.authorisation_expires_at)
    who = body.customer
    return RecordBackorder(
        storefront=storefront,
        order_id=body.order_id,
        request_key=request_key,
        digest=ids.body_digest(content),
        customer=Customer(who.id, who.email, who.name, who.locale, who.country or ""),
        shipping=body.shipping,
        payment=payment,
        currency=body.currency,
        lines=tuple(WantedLine(x.line_id, x.sku, x.quantity, x.unit_price) for x in body.lines),
        priority=body.priority,
        placed_at=body.placed_at,
        need_by=body.need_by,
        quote_token=body.quote_token,
        operations=operations,
        actor=actor,
        trace=trace,
    )
