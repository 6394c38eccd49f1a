"""Queue send-purchase-orders -> one mail to a supplier: an order, a change of it, or a reminder."""

from __future__ import annotations

from typing import Any

from shared.aws.mail import Mailer
from shared.aws.purchasing_store import TableOrderBook
from shared.kernel import clock
from shared.kernel.errors import Malformed
from shared.notifications.ports import MailThrottled
from shared.notifications.render import render, written_in
from shared.purchasing.letters import SupplierLetters
from shared.purchasing.send import send_purchase_order
from shared.runtime import environment, links, telemetry
from shared.runtime.batches import run_batch
from shared.runtime.container import container


def on_message(body: dict[str, Any]) -> None:
    """{"purchase_order": id, "revision": n}: the n-th mail of this order is due."""
    wired = container()
    order_id, revision = body.get("purchase_order"), body.get("revision")
    if not isinstance(order_id, str) or not isinstance(revision, int):
        raise Malformed("the message names no purchase order and revision")
    sender, configuration = environment.MAIL_SENDER, environment.MAIL_CONFIGURATION_SET
    mailer = Mailer(wired.environment[sender], wired.environment[configuration])
    book, now = TableOrderBook(wired.table), clock.now()

    def page_of(purchase_order_id: str) -> str:
        return links.link(wired, "supplier", purchase_order_id, now)

    try:
        sent = send_purchase_order(
            order_id,
            revision,
            book=book,
            suppliers=book.supplier,
            mail=SupplierLetters(mailer, render, written_in, page_of),
            settings=wired.settings(),
            now=now,
        )
    except MailThrottled:
        telemetry.count("MailsThrottled")
        raise
    if sent.outcome == "sent":
        telemetry.count("MailsSent", mail_kind=sent.kind.removesuffix("_changed"))
    telemetry.count("MailUnknownOutcome", int(sent.outcome == "unknown"))
    telemetry.count("PurchaseOrdersSent", int(sent.outcome == "sent" and sent.kind == "purchase_order"))
    telemetry.count("UnitsPurchased", sent.units)
    telemetry.handled(sent.lines)
    telemetry.log("supplier_mail", purchase_order=order_id, outcome=sent.outcome, mail_kind=sent.kind or None)


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """A mail that fails fails alone."""
    return run_batch(event, on_message, context)
