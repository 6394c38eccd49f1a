"""What the chaser does, one function per duty."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from shared.allocation.look_again import skus_to_look_at, those_that_move
from shared.aws.allocation_memory import AllocationMemory
from shared.aws.allocation_store import TableAllocationStore
from shared.aws.changing_store import TableChangingStore
from shared.aws.chasing import TableHeldOrders, TableRecordings, open_order_keys, skus_not_ordered, uncounted_since
from shared.aws.consent_store import TableConsents
from shared.aws.deliveries_store import TableDeliveries, later
from shared.aws.lead_time_store import TableLeadTimes
from shared.aws.notices_store import TableNotices
from shared.aws.order_reader import TableOrderReader
from shared.aws.purchasing_store import TableOrderBook
from shared.aws.queues import Message, send_all
from shared.aws.receiving_store import TableReceivingStore
from shared.aws.telling_store import TableTelling
from shared.aws.watch_store import TableWatch
from shared.backorders.abandoned import discard_abandoned
from shared.consent.expire import end_round
from shared.forecasting.watch import watch_stock
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.notifications.settle import settle_unknown_notices
from shared.promising.lead_times.learn import PastOrder, learn
from shared.purchasing.change import refresh_head
from shared.purchasing.chase import chase_purchase_orders
from shared.purchasing.otif import EARLY_DAYS, PERIOD_DAYS, record_of
from shared.receiving.receive import finish_receipts
from shared.runtime import environment, telemetry
from shared.runtime.container import Container
from shared.subscriptions.settle import settle_unknown
from shared.webhooks.deliver import tries_due

_CUT_OFF_AFTER = timedelta(minutes=10)
_HOURS_BACK, _DAYS_BACK = timedelta(hours=3), timedelta(days=3)
_DAY = 86_400_000_000
_AT_ONCE, _IN_THE_HEAD = 250, 5000
"""SKUs whose orders, or deliveries whose events, are held in memory together; SKUs for which a run looks before it
sends a message."""
_DAILY_HOUR = 5  # local time of the merchant: before anybody is at work


def daily(wired: Container, now: datetime) -> bool:
    """Whether this hourly run is also the day's."""
    return now.astimezone(wired.settings().zone).hour == _DAILY_HOUR


def quarterly(wired: Container, now: datetime) -> bool:
    """Whether this hourly run is one of four a day that look at what costs a read for each of many orders."""
    return now.astimezone(wired.settings().zone).hour % 6 == _DAILY_HOUR


def morning(wired: Container, now: datetime) -> bool:
    """Whether the day's work may have to be made up for: its hour has come, or is over."""
    return now.astimezone(wired.settings().zone).hour >= _DAILY_HOUR


def suppliers(wired: Container, now: datetime) -> None:
    book = TableOrderBook(wired.table)
    done = chase_purchase_orders(book=book, suppliers=book.supplier, settings=wired.settings(), now=now)
    telemetry.count("MailUnknownOutcome", done.unknown_mails)
    telemetry.level("PurchaseOrdersLate", done.late)
    telemetry.level("PurchaseOrdersUnanswered", done.unanswered)
    telemetry.level("PurchaseOrderAgeDays", *done.ages)
    telemetry.log("suppliers_chased", count=done.orders, moves=done.redated)


def receipts(wired: Container, now: datetime) -> None:
    """Receipts that were cut off and that nobody posted again are finished: goods on the shelf must count."""
    store, book = TableReceivingStore(wired.table), TableOrderBook(wired.table)
    unfinished = list(store.unfinished(micros(now - _CUT_OFF_AFTER)))
    finish_receipts(unfinished=unfinished, store=store, orders=book, refresh_status=partial(refresh_head, book=book))
    telemetry.log("receipts_finished", count=len(unfinished))


def recordings(wired: Container, now: datetime) -> None:
    telemetry.log("recordings_discarded", count=discard_abandoned(recordings=TableRecordings(wired.table), now=now))


def silent_mails(wired: Container, now: datetime) -> None:
    settled = settle_unknown_notices(notices=TableNotices(wired.table), now=now)
    for key, revision in settled.died:
        telemetry.warn("mail_settled", key=key, revision=revision, outcome="unknown")
    for key, revision in settled.given_up:
        telemetry.warn("mail_unknown", key=key, revision=revision, outcome="unknown")
    telemetry.count("MailsUnanswered", len(settled.died))
    others = settle_unknown(store=TableTelling(wired.table), now=now)
    telemetry.count("MailUnknownOutcome", len(settled.given_up) + others)


def subscribers(wired: Container, now: datetime) -> None:
    """Those next in line hear of what the others left, and those who slept hear of it in the morning."""
    messages = []
    for sku, due in TableTelling(wired.table).due(micros(now)):
        body = {"sku": sku, "cause": f"due at {due}", "page": 0}
        messages.append(Message(body, group=ids.digest(sku), dedup=ids.token("due", str(due), sku)))
    send_all(wired.environment[environment.NOTIFY_SUBSCRIBERS_QUEUE_URL], messages)


def legal_notices(wired: Container, now: datetime) -> None:
    """What the law demands is sent once more if nobody has reported on it: whoever sends it looks whether it is due."""
    due = list(TableNotices(wired.table).to_repeat(micros(now)))
    messages = [Message({"backorder": key, "repeat": revision}) for key, revision in due]
    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)


def webhook_tries(wired: Container, now: datetime) -> None:
    """What a receiver did not take is on its way again before it is due."""
    messages = (later(delivery, now) for delivery in tries_due(TableDeliveries(wired.table, now), now))
    while some := list(islice(messages, _AT_ONCE)):
        send_all(wired.environment[environment.DELIVER_WEBHOOKS_QUEUE_URL], some)


def uncounted_demand(wired: Container, now: datetime) -> None:
    """Orders whose message to the tally was lost are counted all the same; what is counted costs a look."""
    since = now - (_DAYS_BACK if daily(wired, now) else _HOURS_BACK)
    skus, parts = uncounted_since(wired.table, micros(since))
    messages = [Message({"sku": sku}) for sku in skus]
    messages += [Message({"order": key, "part": part}) for key, part in parts]
    send_all(wired.environment[environment.TALLY_DEMAND_QUEUE_URL], messages)


def sets_and_dates(wired: Container, now: datetime) -> None:
    """Every day orders shipped in one parcel are judged anew where that may change something (patience ends, confirmed
    dates come near), and what nobody has ordered yet is dated anew: no promise lies in the past."""
    day = now.date().isoformat()
    settings = wired.settings()
    held = skus_to_look_at(TableHeldOrders(wired.table), settings=settings, now=now)
    moving = list(held[_IN_THE_HEAD:])
    for start in range(0, min(len(held), _IN_THE_HEAD), _AT_ONCE):
        store = TableAllocationStore(wired.table, AllocationMemory(lacking=wired.lacking))
        some = held[start : min(start + _AT_ONCE, _IN_THE_HEAD)]
        moving += those_that_move(some, store=store, settings=settings, now=now)
    skus = ids.ordered_unique([*moving, *skus_not_ordered(wired.table)])
    messages = [
        Message({"sku": sku, "cause": "daily", "rank": None}, group=ids.digest(sku), dedup=ids.token("daily", day, sku))
        for sku in skus
    ]
    send_all(wired.environment[environment.ALLOCATE_STOCK_QUEUE_URL], messages)


def lead_times(wired: Container, now: datetime) -> None:
    """Every day what suppliers did is learned anew; what it says of their next orders is kept beside their cards."""
    store = TableLeadTimes(wired.table)
    suppliers = store.suppliers()
    cards = {one.supplier_id: (one.lead_time_likely, one.lead_time_by) for one in suppliers}
    past = list(store.past_orders(suppliers))
    customers = store.customers(past, micros(now))
    learned, kept = learn(past, cards, micros(now), customers)
    before = {one.supplier_id: one.learned for one in suppliers}
    news = {one: lead_time.after(before[one]) for one, lead_time in learned.items()}
    noted = sum(store.note(one, lead_time) for one, lead_time in news.items() if lead_time != before[one])
    telemetry.count("DatesKept", kept.decided - kept.broken)
    telemetry.count("DatesBroken", kept.broken)
    telemetry.count("DatesWidened", int(kept.burnt or customers.burnt))
    telemetry.count("PromisesWidened", int(customers.burnt))
    telemetry.log("lead_times_learned", count=len(learned), moves=noted)
    _reliability(past, wired, now)


def _reliability(past: list[PastOrder], wired: Container, now: datetime) -> None:
    """Lead times that were seen in the last day, and the share of lines on time and in full of the last four weeks.
    Lines are read of orders of which the supplier named a date in there."""
    book, at = TableOrderBook(wired.table), micros(now)
    came = [one.received_at - one.sent_at for one in past if one.received_at and at - _DAY < one.received_at <= at]
    telemetry.level("LeadTimeDays", *(round(took / _DAY, 2) for took in came))
    since = at - (PERIOD_DAYS + EARLY_DAYS) * _DAY
    named = [book.read(one.id) for one in past if one.said is not None and since <= one.said <= at]
    records = record_of(((order, book.lines(order)) for order in named if order), now, wired.settings().zone)
    judged, kept = sum(record.judged for record in records), sum(record.kept for record in records)
    telemetry.level("SupplierOtifLines", judged)
    if judged:
        telemetry.level("SupplierOtif", round(100 * kept / judged, 1))


def consent_deadlines(wired: Container, now: datetime) -> None:
    """Customers who were asked about a delay and have not answered in time: silence means what the rule says."""
    consents, notices, ended = TableConsents(wired.table), TableNotices(wired.table), Counter[str]()
    for key in list(consents.due(micros(now))):
        end = end_round(
            key,
            orders=TableOrderReader(wired.table),
            consents=consents,
            tellings=notices,
            changing=TableChangingStore(wired.table),
            may_cancel=wired.settings().auto_cancel_enabled,
            now=now,
        )
        ended[end.how] += 1
        telemetry.count("UnitsCancelled", end.units, reason="deadline")
    telemetry.count("ConsentCancelled", ended["refused"])
    telemetry.level("ConsentDeadlineMissed", ended["kept"])
    telemetry.count("ConsentUntold", ended["untold"])
    telemetry.log("consent_deadlines", count=sum(ended.values()), moves=ended["refused"])


def passing_days(wired: Container, now: datetime) -> None:
    """Every day each open order is asked about once: a date that passes is news although nothing was written, and a
    promise that ended with the day before is broken if units still wait."""
    today = micros(now) // _DAY * _DAY
    messages = [Message({"backorder": key, "day": today}) for key in open_order_keys(wired.table)]
    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)
    telemetry.log("orders_looked_at", count=len(messages))


def untold_news(wired: Container, now: datetime) -> None:
    """News held back is told once mail is on and the customer awake; who knows everything by then gets no mail."""
    if not wired.settings().mail_enabled:
        return
    notices = TableNotices(wired.table)
    waiting = list(notices.untold(micros(now)))
    messages = [Message({"backorder": key}) for key in waiting]
    send_all(wired.environment[environment.NOTIFY_CUSTOMERS_QUEUE_URL], messages)
    notices.forget_untold(waiting)


def stock(wired: Container, now: datetime) -> None:
    """Once a day, before anybody is at work, or in the next hour that succeeds: what will run out before supply can
    come."""
    store = TableWatch(wired.table)
    if store.last() is None and not daily(wired, now):
        return  # perhaps there is nothing to watch: that is found out once a day
    watch = watch_stock(store=store, settings=wired.settings(), now=now)
    if watch is not None:
        telemetry.count("SkusAtRisk", watch.at_risk)
        telemetry.log("stock_watched", count=watch.watched)
