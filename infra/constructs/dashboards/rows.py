"""What stands on `Backorders now`, row by row: which figures, and what a reader is to do about them.

A graph's figures are read as follows. `total` adds up what all functions counted in an hour, `level` is what an
hourly count found (or a rarer one, where the metric says so), `p50` to `p99` are percentiles of what was measured in an
hour, `each` draws one line per value of the metric's third dimension; `each average` and `each thousandth` (of the sum)
draw one per function too, over a day. What is found or measured once a day is read per
day, and a `Share` is a percentage of two totals over a day.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Read = Literal["total", "level", "p10", "p50", "p90", "p99", "each", "each level", "each average", "each thousandth"]
View = Literal["lines", "stacked", "bars", "numbers"]


class Share(NamedTuple):
    """`part` of `of` added up, in percent. `of` may name `part` again: kept of kept and broken."""

    label: str
    part: str
    of: tuple[str, ...]


class Figure(NamedTuple):
    """A metric and how it is read; what it is called on the graph."""

    label: str
    metric: str
    read: Read = "total"
    per_day: bool = False


class Graph(NamedTuple):
    """One widget; `axis` says what is counted on its left."""

    title: str
    figures: tuple[Figure | Share, ...]
    axis: str = ""
    view: View = "lines"
    width: int = 6
    must_be_zero: bool = False


class Row(NamedTuple):
    """Widgets under a heading; `tables` are custom widgets: title, name, width. One alone that is narrow stands beside
    the graphs."""

    title: str
    what_to_do: str
    graphs: tuple[Graph, ...]
    tables: tuple[tuple[str, str, int], ...] = ()


def metrics_of(figure: Figure | Share) -> tuple[str, ...]:
    """The metrics that a figure is made of."""
    return (figure.part, *figure.of) if isinstance(figure, Share) else (figure.metric,)


def _percentiles(metric: str, *which: Read, per_day: bool = False) -> tuple[Figure, ...]:
    return tuple(Figure(read, metric, read, per_day) for read in which)


def _totals(labelled: dict[str, str]) -> tuple[Figure, ...]:
    return tuple(Figure(label, metric) for label, metric in labelled.items())


def _daily(label: str, metric: str) -> Figure:
    return Figure(label, metric, "level", per_day=True)


_OWED = (Figure("late", "PurchaseOrdersLate", "level"), Figure("unanswered", "PurchaseOrdersUnanswered", "level"))

NOW = Row(
    "Now",
    "What waits at this hour. **Oldest line** and **past promise** are customers who should have had their goods: "
    "start there, with the table *Who has waited longest*. A planner that has not run for more than two hours orders"
    " nothing. A switch at 0 is off because somebody switched it off. A red alarm says in its description what it "
    "means and links to what to do.",
    (
        Graph(
            "Open now",
            (
                Figure("orders", "OpenOrders", "level"),
                Figure("lines", "OpenLines", "level"),
                Figure("units", "OpenUnits", "level"),
                Figure("value, ", "OpenValue", "each level"),
            ),
            view="numbers",
            width=9,
        ),
        Graph(
            "Who should not wait any more",
            (
                Figure("oldest line, hours", "OldestLineHours", "level"),
                Figure("lines past promise", "LinesPastPromise", "level"),
                Figure("lines without a date", "LinesWithoutPromise", "level"),
            ),
            view="numbers",
            width=7,
        ),
        Graph(
            "Planner and switches (1 is on)",
            (
                Figure("hours since plan", "HoursSincePlan", "level"),
                Figure("mail", "MailOn", "level"),
                Figure("auto-order", "AutoOrderOn", "level"),
                Figure("auto-cancel", "AutoCancelOn", "level"),
            ),
            view="numbers",
            width=8,
        ),
    ),
)

ROWS = (
    Row(
        "Demand and fill",
        "Orders that come in, and how much of them the shelf could give at once. Many **refused** orders are a limit"
        " that is too low or a storefront that sells unknown SKUs: search the API's log for the refusal. A falling "
        "**fill rate** with steady demand is a supply problem: see *Supply*.",
        (
            Graph(
                "Orders per hour",
                (Figure("accepted", "BackordersRecorded"), Figure("refused", "BackordersRefused")),
                "orders",
            ),
            Graph(
                "Units per hour",
                (Figure("had to wait", "UnitsBackordered"), Figure("given up", "UnitsCancelled")),
                "units",
            ),
            Graph(
                "Who only asks to be told, per hour",
                (Figure("asked", "WaitJoins"), Figure("want no more mails", "WaitLeaves")),
                "people",
            ),
            Graph(
                "Filled from the shelf, per day",
                (
                    Share("lines", "LinesFromStock", ("LinesRecorded",)),
                    Share("orders", "OrdersFromStock", ("BackordersRecorded",)),
                ),
                "%",
            ),
        ),
    ),
    Row(
        "Age",
        "How long open lines have waited. The older bands growing from the left is a backlog that is not served, "
        "whatever today's orders are. **Past promise** must fall after every delivery; if it does not, goods arrive "
        "for others, or not at all: see *Supply*.",
        (
            Graph(
                "Open lines by age",
                (
                    Figure("31 days and more", "LinesAged31Up", "level"),
                    Figure("15 to 30", "LinesAged15To30", "level"),
                    Figure("8 to 14", "LinesAged8To14", "level"),
                    Figure("4 to 7", "LinesAged4To7", "level"),
                    Figure("0 to 3", "LinesAged0To3", "level"),
                ),
                "lines",
                "stacked",
            ),
            Graph("Age of open lines", _percentiles("BacklogAge", "p50", "p90", "p99"), "hours"),
            Graph(
                "Lines past promise, lines without a date",
                (
                    Figure("past promise", "LinesPastPromise", "level"),
                    Figure("without a date", "LinesWithoutPromise", "level"),
                ),
                "lines",
            ),
        ),
        (("Who has waited longest", "oldest-lines", 24),),
    ),
    Row(
        "Promise",
        "Nine lines in ten are to be served by the first `by` date. Below 80 % dates are too bold: suppliers slip "
        "(see *Supply*) or goods lie unallocated (see *Flow*); `by` is then quoted more carefully by itself. "
        "**Deadline missed** must be 0: a customer who did not agree to a delay still waits because automatic "
        "cancelling is off.",
        (
            Graph(
                "Promises kept, per day",
                (
                    Share("by the first by date", "PromisesKept", ("PromisesKept", "PromisesOverdue")),
                    Share("by the first likely date", "PromisesByLikely", ("PromisesKept", "PromisesBroken")),
                ),
                "%",
            ),
            Graph(
                "Served after the likely date",
                _percentiles("PromiseErrorDays", "p10", "p50", "p90", per_day=True),
                "days",
            ),
            Graph(
                "Dates that changed",
                (Figure("new dates", "PromisesRevised"), Figure("of lines served", "PromiseRevisions")),
                "per hour",
            ),
            Graph(
                "How far dates were off, added up",
                (Figure("from likely", "PromiseErrorHours"), Figure("pinball loss", "PromiseLossHours")),
                "hours",
            ),
            Graph(
                "Consent to delays",
                (
                    Figure("asked, not answered", "ConsentPending", "level"),
                    Figure("cancelled for silence", "ConsentCancelled"),
                    Figure("deadline missed", "ConsentDeadlineMissed", "level"),
                    Figure("cannot be told", "ConsentUntold"),
                ),
                "orders",
            ),
        ),
    ),
    Row(
        "Supply",
        "What was ordered and what came. **OTIF** is by the first date a supplier confirmed (-1/+0 days); no line "
        "means no data, not 100 %. Late orders rise before promises break: ring the supplier at the top of the "
        "table, enter the new date, or order elsewhere.",
        (
            Graph(
                "Units ordered and received",
                (Figure("ordered", "UnitsPurchased"), Figure("received", "UnitsReceived")),
                "units per hour",
            ),
            Graph("Purchase orders", (Figure("sent", "PurchaseOrdersSent"), *_OWED), "orders"),
            Graph("On time and in full, 28 days", (_daily("OTIF", "SupplierOtif"),), "%"),
            Graph("Lines that OTIF is of", (_daily("lines", "SupplierOtifLines"),), "lines"),
            Graph("Lead time of deliveries", _percentiles("LeadTimeDays", "p50", "p90", per_day=True), "days"),
            Graph(
                "Our dates for purchase orders, four weeks",
                (
                    _daily("kept", "DatesKept"),
                    _daily("broken", "DatesBroken"),
                    _daily("quoted more carefully", "DatesWidened"),
                    _daily("because of customers' promises", "PromisesWidened"),
                ),
                "orders",
            ),
            Graph("Age of open purchase orders", _percentiles("PurchaseOrderAgeDays", "p50", "p90"), "days"),
            Graph(
                "What did not come as ordered",
                (
                    Figure("closed short", "UnitsClosedShort"),
                    Figure("over", "UnitsOver"),
                    Figure("rejected", "UnitsRejected"),
                    Figure("rounding", "UnitsRounded"),
                    Figure("lines nobody knows", "ReceiptLinesUnplaced"),
                ),
                "per hour",
            ),
            Graph(
                "What will run out",
                (Figure("below reorder point", "SkusLow"), _daily("at risk, last night", "SkusAtRisk")),
                "SKUs",
            ),
        ),
        (
            ("Late purchase orders, and how suppliers keep their dates", "late-suppliers", 13),
            ("What will run out", "risks", 11),
        ),
    ),
    Row(
        "Flow",
        "From an event to what follows from it, and units on their way through the house. Times that rise while queues "
        "are empty are slow handlers; with full queues see *Plumbing*. **Violations** and **drift** must be 0: counts "
        "are wrong, docs/operating.md says how to find and repair them.",
        (
            Graph("Request to answer, reading", _percentiles("TimeToRead", "p50", "p90", "p99"), "ms"),
            Graph("Request to answer, writing", _percentiles("TimeToWrite", "p50", "p90", "p99"), "ms"),
            Graph("Order to first promise", _percentiles("TimeToFirstPromise", "p50", "p90", "p99"), "seconds"),
            Graph("Goods to allocation", _percentiles("TimeToAllocate", "p50", "p90", "p99"), "seconds"),
            Graph("Change to mail", _percentiles("TimeToNotify", "p50", "p90", "p99"), "seconds"),
            Graph("Delay to notice", _percentiles("DelayToNotice", "p50", "p90", "p99", per_day=True), "seconds"),
            Graph(
                "Units on their way, per hour",
                (
                    Figure("allocated", "UnitsAllocated"),
                    Figure("released", "UnitsReleased"),
                    Figure("shipped", "UnitsShipped"),
                    Figure("taken back", "UnitsTakenBack"),
                ),
                "units",
            ),
            Graph(
                "Lines served, and races lost over them",
                (Figure("lines that got units", "LinesAllocated"), Figure("writes done again", "WritesContended")),
                "per hour",
            ),
            Graph(
                "Whether the counts are right",
                (
                    Figure("violations", "InvariantViolations", "level"),
                    Figure("drift, units", "ReconcileDrift", "level"),
                ),
                must_be_zero=True,
            ),
        ),
    ),
    Row(
        "Mail",
        "Mails by kind, and what became of them. **Unknown outcome** is never sent again by itself: the customer may"
        " not know. SES reviews an account at 5 % bounces or 0.1 % complaints. No mails at all while orders come in:"
        " the provider is down or mail is switched off; news waits and is told afterwards, once. **Many mails of an "
        "order** are many parcels, or dates that jump: see *Promise*.",
        (
            Graph("Mails sent, by kind", (Figure("", "MailsSent", "each"),), "mails per hour", "stacked"),
            Graph(
                "What became of them",
                _totals({"delivered": "MailsDelivered", "delayed": "MailsDelayed", "not taken yet": "MailsThrottled"})
                + _totals({"bounced": "MailsBounced", "complained about": "MailComplaints"}),
                "mails per hour",
            ),
            Graph(
                "Came back or unwanted, by kind",
                (Figure("back: ", "MailsBounced", "each"), Figure("unwanted: ", "MailComplaints", "each")),
                "mails per hour",
                "stacked",
            ),
            Graph(
                "Mails of an order and week, per day",
                _percentiles("MailsPerOrderWeek", "p50", "p90", "p99", per_day=True),
                "mails",
            ),
            Graph(
                "Mails that nobody may have got",
                _totals({"not answered yet": "MailsUnanswered", "outcome unknown": "MailUnknownOutcome"})
                + _totals({"legal, sent again": "LegalNoticesResent", "mailbox closed": "MailsSuppressed"})
                + _totals({"sent twice": "MailsTwice"}),
                "mails per hour",
            ),
        ),
    ),
    Row(
        "What went wrong",
        "Failed messages come again by themselves; after five tries they are dead letters and nothing takes them up. "
        "Find out why before you send them back (`make dead-letters`). A failed webhook was tried for three days: its "
        "shop has to read what it missed.",
        (
            Graph(
                "Failures that were not expected",
                (Figure("messages and records", "RecordsFailed"), Figure("HTTP requests", "RequestsFailed")),
                "per hour",
            ),
            Graph("Hourly runs that came to their end", (Figure("runs", "RunsDone"),), "runs"),
            Graph(
                "What shops outside AWS hear",
                (Figure("delivered", "WebhooksDelivered"), Figure("given up", "WebhooksFailed")),
                "events per hour",
            ),
        ),
        (("Dead letters", "dead-letters", 6),),
    ),
)
