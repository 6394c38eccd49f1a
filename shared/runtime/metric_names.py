"""Every business metric: its unit and what one of it means.

Emitted in the namespace `Backorders` with the single dimension `service`, so that the dashboard can add up what
several functions count. Nothing else may become a dimension: each distinct value costs a metric of its own.
"""

from __future__ import annotations

NAMESPACE = "Backorders"

METRICS: dict[str, tuple[str, str]] = {
    "BackordersRecorded": ("Count", "orders accepted, over HTTP or from the queue"),
    "BackordersRefused": ("Count", "valid orders turned down: limit reached, unknown or discontinued SKU"),
    "UnitsBackordered": ("Count", "units of accepted orders that had to wait"),
    "UnitsAllocated": ("Count", "units on the shelf set aside for a waiting line"),
    "UnitsReleased": ("Count", "units handed to the warehouse"),
    "UnitsShipped": ("Count", "units confirmed as shipped"),
    "UnitsCancelled": ("Count", "units given up by customer, storefront or operator"),
    "PurchaseOrdersSent": ("Count", "purchase orders mailed to a supplier"),
    "UnitsPurchased": ("Count", "units on the purchase orders sent"),
    "UnitsReceived": ("Count", "units put into stock by a receipt"),
    "SkusLow": ("Count", "stocked SKUs that fell below their reorder point, what is on order included"),
    "SkusAtRisk": ("Count", "stocked SKUs of the nightly risk list: they may run out before supply can come"),
    "MailsSent": ("Count", "mails accepted by SES, to customers and suppliers"),
    "MailUnknownOutcome": ("Count", "mails that may or may not have been sent; they are never sent again"),
    "MailsBounced": ("Count", "mails that came back or that SES refused to pass on"),
    "MailComplaints": ("Count", "mails that their readers reported as unwanted; they get no more"),
    "MailsSuppressed": ("Count", "mails not sent because the mailbox is closed"),
    "WebhooksDelivered": ("Count", "events that a webhook's receiver accepted"),
    "WebhooksFailed": ("Count", "events given up for a webhook: tried for three days, or switched off by a 410"),
    "PromisesRevised": ("Count", "promises that got a new date"),
    "PromisesKept": ("Count", "lines served by the first `by` date given for them; those from the shelf left out"),
    "PromisesBroken": ("Count", "lines served after it"),
    "PromiseErrorHours": ("Count", "hours between the first `likely` date and being served, of those lines together"),
    "PromiseLossHours": ("Count", "pinball loss in hours of both first dates, of those lines together"),
    "PromiseRevisions": ("Count", "new dates that those lines got after the first"),
    "DatesKept": (
        "Count",
        "purchase orders of the last four weeks that came by the first `by` given for them, each day",
    ),
    "DatesBroken": ("Count", "purchase orders of the last four weeks that did not, each day; those still out included"),
    "DatesWidened": (
        "Count",
        "days on which more than one date in ten was broken, so that `by` is quoted at 95 % instead of 90 %",
    ),
    "ConsentCancelled": ("Count", "orders of which units were cancelled because nobody agreed to a delay in time"),
    "ConsentDeadlineMissed": (
        "Count",
        "orders past their consent deadline that a switch keeps, each hour",
    ),
    "InvariantViolations": ("Count", "rules of the books found broken by two audits in a row, each hour"),
    "ReconcileDrift": ("Count", "units by which counters differ from what lines and ledger say, each hour"),
    "RecordsFailed": ("Count", "queue messages and stream records that failed and will come again"),
    "RequestsFailed": ("Count", "HTTP requests that met an error nobody expected (500)"),
}
