"""Every business metric: its unit, what one of it means, and by what it is told apart.

Emitted in the namespace `Backorders` with the dimensions `service` and `stage` (two stages may share an account), and
with at most one more out of `VALUES`, whose values are listed there. Nothing else may become a dimension: each distinct
combination costs a metric of its own. Whoever wants a metric over all services adds them up (`search`).
"""

from __future__ import annotations

from typing import NamedTuple

NAMESPACE = "Backorders"
SERVICE, STAGE = "service", "stage"

VALUES: dict[str, tuple[str, ...]] = {}
"""What a metric may be told apart by, and the values there are: at most eight channels, twelve mail kinds, twelve
reasons, four outcomes."""


class Metric(NamedTuple):
    """One metric. `by` is its third dimension, one of `VALUES`; `for_queries` if it stands on no dashboard and in no
    alarm, and is there for whoever asks."""

    unit: str
    meaning: str
    by: str = ""
    for_queries: bool = False

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of its dimensions."""
        return (SERVICE, STAGE, self.by) if self.by else (SERVICE, STAGE)


METRICS: dict[str, Metric] = {
    "BackordersRecorded": Metric("Count", "orders accepted, over HTTP or from the queue"),
    "BackordersRefused": Metric("Count", "valid orders turned down: limit reached, unknown or discontinued SKU"),
    "UnitsBackordered": Metric("Count", "units of accepted orders that had to wait"),
    "UnitsAllocated": Metric("Count", "units on the shelf set aside for a waiting line"),
    "UnitsReleased": Metric("Count", "units handed to the warehouse"),
    "UnitsShipped": Metric("Count", "units confirmed as shipped"),
    "UnitsCancelled": Metric("Count", "units given up by customer, storefront or operator"),
    "PurchaseOrdersSent": Metric("Count", "purchase orders mailed to a supplier"),
    "UnitsPurchased": Metric("Count", "units on the purchase orders sent"),
    "UnitsReceived": Metric("Count", "units put into stock by a receipt"),
    "SkusLow": Metric("Count", "stocked SKUs that fell below their reorder point, what is on order included"),
    "SkusAtRisk": Metric("Count", "stocked SKUs of the nightly risk list: they may run out before supply can come"),
    "MailsSent": Metric("Count", "mails accepted by SES, to customers and suppliers"),
    "MailUnknownOutcome": Metric("Count", "mails that may or may not have been sent; they are never sent again"),
    "MailsBounced": Metric("Count", "mails that came back or that SES refused to pass on"),
    "MailComplaints": Metric("Count", "mails that their readers reported as unwanted; they get no more"),
    "MailsSuppressed": Metric("Count", "mails not sent because the mailbox is closed"),
    "WebhooksDelivered": Metric("Count", "events that a webhook's receiver accepted"),
    "WebhooksFailed": Metric("Count", "events given up for a webhook: tried for three days, or switched off by a 410"),
    "PromisesRevised": Metric("Count", "promises that got a new date"),
    "PromisesKept": Metric("Count", "lines served by the first `by` given for them, those from the shelf left out"),
    "PromisesBroken": Metric("Count", "lines served after it"),
    "PromiseErrorHours": Metric("Count", "hours between the first `likely` and being served, of those lines together"),
    "PromiseLossHours": Metric("Count", "pinball loss in hours of both first dates, of those lines together"),
    "PromiseRevisions": Metric("Count", "new dates that those lines got after the first"),
    "DatesKept": Metric(
        "Count",
        "purchase orders of the last four weeks that came by the first `by` given for them, each day",
    ),
    "DatesBroken": Metric("Count", "purchase orders of the last four weeks that did not, each day, or are still out"),
    "DatesWidened": Metric(
        "Count",
        "days on which more than one date in ten was broken, so that `by` is quoted at 95 % instead of 90 %",
    ),
    "ConsentCancelled": Metric("Count", "orders with units cancelled because nobody agreed to a delay in time"),
    "ConsentDeadlineMissed": Metric(
        "Count",
        "orders past their consent deadline that a switch keeps, each hour",
    ),
    "InvariantViolations": Metric("Count", "rules of the books found broken by two audits in a row, each hour"),
    "ReconcileDrift": Metric("Count", "units by which counters differ from what lines and ledger say, each hour"),
    "RecordsFailed": Metric("Count", "queue messages and stream records that failed and will come again"),
    "RequestsFailed": Metric("Count", "HTTP requests that met an error nobody expected (500)"),
}


def search(name: str, stage: str, statistic: str = "Sum", period: int = 300) -> str:
    """The metric math that finds every series of a metric in a stage; `period` in seconds. Not for alarms: CloudWatch
    wants theirs named one by one. Raises KeyError for a metric without a meaning."""
    schema = ",".join((NAMESPACE, *METRICS[name].dimensions))
    return f"SEARCH('{{{schema}}} MetricName=\"{name}\" {STAGE}=\"{stage}\"', '{statistic}', {period})"
