"""Every business metric: its unit, what one of it means, and by what it is told apart.

Emitted in the namespace `Backorders` with the dimensions `service` and `stage` (two stages may share an account), and
with at most one more out of `VALUES`, whose values are listed there. Nothing else may become a dimension: each distinct
combination costs a metric of its own. Whoever wants a metric over all services adds them up (`search`).
"""

from __future__ import annotations

from typing import NamedTuple

from shared.costs.steps import STEPS

NAMESPACE = "Backorders"
SERVICE, STAGE = "service", "stage"
COST = "CostPer1000Lines"

VALUES: dict[str, tuple[str, ...]] = {
    "channel": ("http", "queue"),
    "mail_kind": (
        "cancelled", "decision_needed", "shipped", "released", "promise_later", "promise_earlier", "accepted",
        "still_waiting", "withdrawal_confirmed", "back_in_stock", "purchase_order", "supplier_reminder",
    ),
    "reason": (
        "limit", "invalid", "conflict", "not_allowed",  # why an order was refused
        "customer", "storefront", "operator", "deadline",  # who gave units up; nobody who answered in time
    ),
    "step": STEPS,
    "currency": ("EUR", "USD", "GBP", "SEK", "NOK", "DKK", "CHF", "PLN"),
}  # fmt: skip
"""What a metric may be told apart by, and the values there are: at most eight channels, twelve mail kinds, twelve
reasons, four outcomes, the seven steps in the life of a line (`shared.costs.steps`), and eight currencies."""


class Metric(NamedTuple):
    """One metric. `by` is its third dimension, one of `VALUES`; `for_queries` if it stands on no dashboard and in no
    alarm, and is there for whoever asks. `every` is how many seconds lie between two of its values, where that is more
    than an hour: a shorter period shows gaps."""

    unit: str
    meaning: str
    by: str = ""
    for_queries: bool = False
    every: int = 3600

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of its dimensions."""
        return (SERVICE, STAGE, self.by) if self.by else (SERVICE, STAGE)


_QUARTER_DAY = 6 * 3600

METRICS: dict[str, Metric] = {
    # what is asked for, and what the shelf could give at once
    "BackordersRecorded": Metric("Count", "orders accepted, over HTTP or from the queue", "channel"),
    "BackordersRefused": Metric("Count", "valid orders turned down, by HTTP or from the queue", "reason"),
    "OrdersFromStock": Metric("Count", "accepted orders of which every line was on the shelf: none had to wait"),
    "LinesRecorded": Metric("Count", "lines of accepted orders"),
    "LinesFromStock": Metric("Count", "those of them that were on the shelf: the line fill rate is their share"),
    "UnitsBackordered": Metric("Count", "units of accepted orders that had to wait"),
    "UnitsCancelled": Metric("Count", "units given up, by whom, or because nobody agreed to a delay in time", "reason"),
    "WaitJoins": Metric("Count", "people who asked to be told when an item is there again"),
    "WaitLeaves": Metric("Count", "mailboxes that asked for no more mails of that kind, on the page or by one click"),
    # the open lines, four times a day
    "OpenOrders": Metric("Count", "orders that are not finished, four times a day", every=_QUARTER_DAY),
    "OpenLines": Metric("Count", "lines with units that wait or lie allocated, four times a day", every=_QUARTER_DAY),
    "OpenUnits": Metric("Count", "units of those lines, four times a day", every=_QUARTER_DAY),
    "OpenValue": Metric(
        "None",
        "their value by the customers' prices, by currency, four times a day; of other currencies than these eight the "
        "log of chase-overdue says open_value_left_out",
        "currency",
        every=_QUARTER_DAY,
    ),
    "BacklogAge": Metric(
        "None",
        "hours since the order of each open line was placed, four times a day; at most 100 samples",
        every=_QUARTER_DAY,
    ),
    "OldestLineHours": Metric(
        "None", "hours since the oldest open line's order was placed, four times a day", every=_QUARTER_DAY
    ),
    "LinesAged0To3": Metric("Count", "open lines 0 to 3 days old, four times a day", every=_QUARTER_DAY),
    "LinesAged4To7": Metric("Count", "open lines 4 to 7 days old, four times a day", every=_QUARTER_DAY),
    "LinesAged8To14": Metric("Count", "open lines 8 to 14 days old, four times a day", every=_QUARTER_DAY),
    "LinesAged15To30": Metric("Count", "open lines 15 to 30 days old, four times a day", every=_QUARTER_DAY),
    "LinesAged31Up": Metric("Count", "open lines older than 30 days, four times a day", every=_QUARTER_DAY),
    "LinesPastPromise": Metric("Count", "open lines whose first `by` has passed, four times a day", every=_QUARTER_DAY),
    "LinesWithoutPromise": Metric("Count", "open lines without a date, four times a day", every=_QUARTER_DAY),
    # what was promised, and what became of it
    "PromisesRevised": Metric("Count", "promises that got a new date"),
    "PromisesKept": Metric("Count", "lines served by the first `by` given for them, those from the shelf left out"),
    "PromisesBroken": Metric("Count", "lines served after it"),
    "PromisesOverdue": Metric("Count", "lines whose first `by` passed the day before and which still wait, each day"),
    "PromisesByLikely": Metric(
        "Count", "lines served by the first `likely`: half of all that are served, if it is honest"
    ),
    "PromiseErrorDays": Metric("None", "days from the first `likely` to being served, negative for before, each line"),
    "PromiseErrorHours": Metric("Count", "hours between the first `likely` and being served, of those lines together"),
    "PromiseLossHours": Metric("Count", "pinball loss in hours of both first dates, of those lines together"),
    "PromiseRevisions": Metric("Count", "new dates that those lines got after the first"),
    "ConsentPending": Metric("Count", "orders whose customer was asked about a delay and has not answered, each hour"),
    "ConsentCancelled": Metric("Count", "orders with units cancelled because nobody agreed to a delay in time"),
    "ConsentDeadlineMissed": Metric(
        "Count", "orders past their consent deadline that a switch or a packing keeps, each hour"
    ),
    "ConsentUntold": Metric(
        "Count",
        "notices the law demands that reach nobody: mailbox closed (each day), mail returned or rejected (once)",
    ),
    # what suppliers do
    "PurchaseOrdersSent": Metric("Count", "purchase orders mailed to a supplier"),
    "PurchaseOrdersLate": Metric("Count", "sent purchase orders that expected goods by now, each hour"),
    "PurchaseOrdersUnanswered": Metric(
        "Count", "sent purchase orders that suppliers have not answered for `supplier_reminder_days`, each hour"
    ),
    "PurchaseOrderAgeDays": Metric("None", "days since each open purchase order was sent, each hour"),
    "UnitsPurchased": Metric("Count", "units on the purchase orders sent"),
    "UnitsRounded": Metric("Count", "units ordered beyond the need, for pack sizes and minima"),
    "UnitsReceived": Metric("Count", "units put into stock by a receipt"),
    "UnitsOver": Metric("Count", "received units beyond what was ordered"),
    "UnitsRejected": Metric("Count", "delivered units that were not good enough for the shelf"),
    "ReceiptLinesUnplaced": Metric("Count", "lines of receipts whose SKU is unknown, or not on the order"),
    "UnitsClosedShort": Metric("Count", "units that were ordered and are no longer waited for"),
    "LeadTimeDays": Metric(
        "None", "days from sending to the first goods, of each order whose first came in the last day"
    ),
    "SupplierOtif": Metric("Percent", "lines of 28 days on time and in full by the first date confirmed, each day"),
    "SupplierOtifLines": Metric("Count", "lines that this share is of, each day; without any there is no share"),
    "DatesKept": Metric("Count", "purchase orders of four weeks that came by the first `by` given for them, each day"),
    "DatesBroken": Metric("Count", "purchase orders of four weeks that did not, each day, or are still out"),
    "DatesWidened": Metric(
        "Count",
        "days on which over one date in ten was broken, of purchase orders or of what customers were promised, so that "
        "`by` is quoted at 95 %, not 90 %",
    ),
    "PromisesWidened": Metric(
        "Count", "those of them on which over one promise to customers in ten was broken in four weeks"
    ),
    "SkusLow": Metric("Count", "stocked SKUs that fell below their reorder point, what is on order included"),
    "SkusAtRisk": Metric("Count", "stocked SKUs of the nightly risk list: they may run out before supply can come"),
    # how fast work flows
    "UnitsAllocated": Metric("Count", "units on the shelf set aside for a waiting line"),
    "LinesAllocated": Metric("Count", "lines that got units"),
    "UnitsTakenBack": Metric("Count", "allocated units that went back to free, for an earlier order or a broken set"),
    "UnitsReleased": Metric("Count", "units handed to the warehouse"),
    "UnitsShipped": Metric("Count", "units confirmed as shipped"),
    "TimeToRead": Metric("Milliseconds", "from the gateway's taking a GET to its answer, a cold start included"),
    "TimeToWrite": Metric("Milliseconds", "the same of requests that change or compute something"),
    "TimeToFirstPromise": Metric("Seconds", "from the gateway's or the queue's taking an order to its promise"),
    "TimeToAllocate": Metric("Seconds", "from the message that there are units (or demand) to their allocation"),
    "TimeToNotify": Metric("Seconds", "from the change to the mail that tells of it, the merge window included"),
    "DelayToNotice": Metric(
        "Seconds",
        "from the first promise that was late enough to be told to the mail that told it: merge window and quiet hours "
        "included",
    ),
    "WritesContended": Metric("Count", "writes whose condition no longer held: lost races, done again, and repeats"),
    "RunsDone": Metric("Count", "runs of the planner, the chaser and the audit that came to their end, each hour"),
    "HoursSincePlan": Metric("None", "hours since the planner looked at order days last, each hour"),
    # mail
    "MailsSent": Metric("Count", "mails accepted by SES, to customers and suppliers", "mail_kind"),
    "MailsPerOrderWeek": Metric(
        "None", "mails that an order has had per week since it was recorded (one at least), told with each mail"
    ),
    "MailsUnanswered": Metric("Count", "mails to customers that SES did not answer for; mostly its report still comes"),
    "MailUnknownOutcome": Metric(
        "Count",
        "mails that may or may not have been sent and are not sent again blindly: to customers once no report has come "
        "for an hour, others, which none is told of, at once",
    ),
    "LegalNoticesResent": Metric("Count", "notices the law demands, sent once more because nobody knows of the first"),
    "MailsTwice": Metric("Count", "notices that went out as two mails: SES reports another than the one recorded; 0"),
    "MailsDelivered": Metric("Count", "mails to customers that the other side took", "mail_kind"),
    "MailsDelayed": Metric("Count", "mails to customers that SES is still trying to pass on"),
    "MailsBounced": Metric("Count", "mails that came back or that SES refused to pass on", "mail_kind"),
    "MailComplaints": Metric("Count", "mails that their readers reported as unwanted; they get no more", "mail_kind"),
    "MailsThrottled": Metric("Count", "mails that SES did not take for now, by rate or quota; tried again each hour"),
    "MailsSuppressed": Metric("Count", "mails not sent because the mailbox is closed"),
    # switches: 1 is on
    "MailOn": Metric("Count", "1 while mail is sent, each hour"),
    "AutoOrderOn": Metric("Count", "1 while plans place orders by themselves, each hour"),
    "AutoCancelOn": Metric("Count", "1 while consent deadlines cancel by themselves, each hour"),
    # shops outside AWS, failures, and whether the counts are right
    "WebhooksDelivered": Metric("Count", "events that a webhook's receiver accepted"),
    "WebhooksFailed": Metric("Count", "events given up for a webhook: tried for three days, or switched off by a 410"),
    "InvariantViolations": Metric("Count", "rules of the books found broken by two audits in a row, each hour"),
    "ReconcileDrift": Metric("Count", "units by which counters differ from what lines and ledger say, each hour"),
    "RecordsFailed": Metric("Count", "queue messages and stream records that failed and will come again"),
    "RequestsFailed": Metric("Count", "HTTP requests that met an error nobody expected (500)"),
    # what it costs
    COST: Metric(
        "None",
        "US dollars that a step consumed per 1,000 lines that it handled: a sample of each line, so that the average "
        "is exact and a thousandth of the sum is what was spent; docs/cost.md says what is in it",
        "step",
    ),
}


def search(name: str, stage: str, statistic: str = "Sum", period: int = 300) -> str:
    """The metric math that finds every series of a metric in a stage; `period` in seconds. Not for alarms: CloudWatch
    wants theirs named one by one. Raises KeyError for a metric without a meaning."""
    schema = ",".join((NAMESPACE, *METRICS[name].dimensions))
    return f"SEARCH('{{{schema}}} MetricName=\"{name}\" {STAGE}=\"{stage}\"', '{statistic}', {period})"
