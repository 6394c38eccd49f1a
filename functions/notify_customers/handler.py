"""Queue notify-customers -> one mail per order with everything there is to tell, or none."""

from __future__ import annotations

from typing import Any

from functions.notify_customers.beside_mail import beside_mail
from functions.notify_customers.report import report
from shared.aws.consent_store import TableConsents
from shared.aws.mail import Mailer
from shared.aws.notices_store import TableNotices
from shared.aws.order_reader import TableOrderReader
from shared.aws.remedy_store import spent_of
from shared.consent.relief import Relieving
from shared.kernel import clock
from shared.notifications.notify import notify_customer
from shared.runtime import environment, links, telemetry
from shared.runtime.batches import run_grouped
from shared.runtime.container import container


def on_order(key: str, messages: list[dict[str, Any]]) -> None:
    """Something about this order changed a merge window ago."""
    wired, now = container(), clock.now()
    notices = TableNotices(wired.table)
    orders = Relieving(TableOrderReader(wired.table), TableConsents(wired.table), now)
    day = max((message.get("day") or 0 for message in messages), default=0)
    if not wired.settings().mail_enabled:
        notices.keep_untold(key)
        beside_mail(orders.read(key), day, wired.table, now)
        return
    outcome = notify_customer(
        key,
        orders=orders,
        descriptions=notices,
        notices=notices,
        mailer=Mailer(
            wired.environment[environment.MAIL_SENDER], wired.environment[environment.MAIL_CONFIGURATION_SET]
        ),
        settings=wired.settings(),
        now=now,
        page_of=lambda backorder_id: links.link(wired, "customer", backorder_id, now),
        spent_of=lambda head: spent_of(wired.table, head, now),
        changed=0 if day else max((message.get("at") or 0 for message in messages), default=0),
        repeat=max((message.get("repeat") or 0 for message in messages), default=0),
    )
    if outcome.state in {"held", "throttled"}:
        notices.keep_untold(key, outcome.until)
    beside_mail(outcome.view, day, wired.table, now)
    report(key, outcome, [message["at"] for message in messages if message.get("at")], now)


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """A mail that fails fails alone; the others of the batch go out."""
    return run_grouped(event, "backorder", on_order, context, at=int | None, repeat=int | None, day=int | None)
