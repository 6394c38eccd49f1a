"""Every hour -> what nobody else would notice: late suppliers, abandoned recordings, held sets, untold news."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.aws.chasing import TableRecordings, open_order_keys, skus_of_held_orders
from shared.aws.notices_store import TableNotices
from shared.aws.purchasing_store import TableOrderBook
from shared.aws.queues import Message, send_all
from shared.backorders.abandoned import discard_abandoned
from shared.kernel import clock, ids
from shared.kernel.errors import Unavailable
from shared.notifications.settle import settle_unknown_notices
from shared.purchasing.chase import chase_purchase_orders
from shared.runtime import environment, telemetry
from shared.runtime.container import Container, container

_DAILY_HOUR = 5  # local time of the merchant: before anybody is at work


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> None:  # noqa: ARG001 - due is told by the clock, not by the event
    """Each duty on its own: one that fails does not keep the others from being done."""
    wired, now = container(), clock.now()
    duties: list[Callable[[Container, datetime], None]] = [_suppliers, _recordings, _silent_mails]
    if _daily(wired, now):
        duties += [_held_sets, _untold_news]
    failed = []
    for duty in duties:
        try:
            duty(wired, now)
        except Exception as error:  # noqa: BLE001 - reported below, after the other duties
            telemetry.failure("duty_failed", error, action=duty.__name__.strip("_"))
            failed.append(duty.__name__)
    if failed:
        raise Unavailable(f"could not be done: {', '.join(failed)}")


def _daily(wired: Container, now: datetime) -> bool:
    return now.astimezone(wired.settings().zone).hour == _DAILY_HOUR


def _suppliers(wired: Container, now: datetime) -> None:
    book = TableOrderBook(wired.table)
    done = chase_purchase_orders(book=book, suppliers=book.supplier, settings=wired.settings(), now=now)
    telemetry.count("MailUnknownOutcome", done.unknown_mails)
    telemetry.log("suppliers_chased", count=done.orders, moves=done.redated)


def _recordings(wired: Container, now: datetime) -> None:
    telemetry.log("recordings_discarded", count=discard_abandoned(recordings=TableRecordings(wired.table), now=now))


def _silent_mails(wired: Container, now: datetime) -> None:
    telemetry.count("MailUnknownOutcome", settle_unknown_notices(notices=TableNotices(wired.table), now=now))


def _held_sets(wired: Container, now: datetime) -> None:
    """Orders shipped in one parcel are judged every day: patience ends, confirmed dates move."""
    day = now.date().isoformat()
    messages = [
        Message(
            {"sku": sku, "cause": "daily", "rank": None}, group=ids.digest(sku), dedup=ids.token("daily", day, sku)
        )
        for sku in skus_of_held_orders(wired.table)
    ]
    send_all(wired.environment[environment.ALLOCATE_STOCK_QUEUE_URL], messages)


def _untold_news(wired: Container, _now: datetime) -> None:
    """Time alone can make news, and mail may have been switched off; who knows everything gets no mail."""
    messages = [Message({"backorder": key}) for key in open_order_keys(wired.table)]
    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)
