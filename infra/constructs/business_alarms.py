"""Alarms on what the business promised: counts, consent, mail, dates, suppliers; and how fast error budgets burn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.alarms import DAY, HOUR, Alarms, Meaning, all_of, formula

_WEEK = cdk.Duration.days(7)
_MAILERS = ("notify-customers", "notify-subscribers", "send-purchase-orders", "chase-overdue")
_CHASER, _ALLOCATOR, _AUDIT = "chase-overdue", "allocate-stock", "audit-books"


def counts_are_wrong(alarms: Alarms) -> None:
    """Two audits in a row have found the same thing wrong."""
    text = "Counts do not follow from what happened: units may be promised twice or lie unused. Search the log of "
    text += "audit-books for books_violated, find out how it came to be, then invoke it with a repair."
    for name in ("InvariantViolations", "ReconcileDrift"):
        metric = alarms.ours(name, _AUDIT, "Maximum", HOUR)
        alarms.when(name, metric, Meaning(text, "counts-wrong", "page"), above=0, periods=(1, 2))


def customers_are_not_told(alarms: Alarms) -> None:
    """A deadline the law set has passed, or nobody knows whether a mail was sent: of one to a customer the chaser says
    so, once SES has not reported on it for an hour."""
    text = "Orders are past the deadline by which their customer had to agree to a delay, and a switch keeps them or "
    text += "the warehouse has packed them: the law may demand cancellation and refund. Switch auto_cancel_enabled on, "
    text += "send or recall what is packed, or decide each by hand."
    missed = alarms.ours("ConsentDeadlineMissed", _CHASER, "Maximum", HOUR)
    meaning = Meaning(text, "consent-deadline-missed", "page", "customer service")
    alarms.when("ConsentDeadlineMissed", missed, meaning, above=0, periods=(1, 2))
    each = {f"m{n}": alarms.ours("MailUnknownOutcome", service, "Sum", HOUR) for n, service in enumerate(_MAILERS[1:])}
    text = "Nobody knows whether mails were sent, and they are not sent again blindly: customers or suppliers may not "
    text += "know what they must. See the mail's log line for the order; look at SES, then tell them by hand."
    unknown = formula(" + ".join(f"FILL({name}, 0)" for name in each), HOUR, **each)
    alarms.when("MailUnknownOutcome", unknown, Meaning(text, "mail-unknown", "page"), above=0, periods=(1, 2))


def mail_is_put_off(alarms: Alarms) -> None:
    """SES takes no more. A burst above its rate is through within the hour, in two periods at the most; a quota that is
    used up is not, and what waits for it is tried every hour."""
    each = {f"m{n}": alarms.ours("MailsThrottled", service, "Sum", HOUR) for n, service in enumerate(_MAILERS[:3])}
    text = "SES takes no more mails for hours: the quota of the day is used up, or more is sent than its rate allows. "
    text += "Customers hear later what they must know, suppliers do not get their orders. Ask for a higher quota."
    waiting = formula(" + ".join(f"FILL({name}, 0)" for name in each), HOUR, **each)
    alarms.when("MailsThrottled", waiting, Meaning(text, "mail-throttled", "ticket"), above=0, periods=(3, 4))


def mail_reputation(alarms: Alarms) -> None:
    """SES reviews an account at 5 % bounces or 0.1 % complaints, and pauses it at 10 % or 0.5 %: these come before."""
    kinds = (("Bounce", (0.02, 0.04), "bounces"), ("Complaint", (0.0005, 0.0008), "is reported as spam"))
    for rate, (warn, page), what in kinds:
        for suffix, share in (("s", warn), ("sPage", page)):
            text = f"Too much mail {what} ({100 * share:g} % or more); SES may stop all sending of the account. Find "
            text += "the recipients in the SES console and stop the import or storefront they come from."
            metric = cloudwatch.Metric(
                namespace="AWS/SES", metric_name=f"Reputation.{rate}Rate", period=HOUR, statistic="Maximum"
            )
            meaning = Meaning(text, "mail-reputation", "page" if share == page else "ticket")
            # Shares are compared with "above": a hair less makes the bound itself count.
            alarms.when(f"Mail{rate}{suffix}", metric, meaning, above=share * 0.9999, periods=(2, 3))


def promises_break(alarms: Alarms) -> None:
    """Fewer promises kept than were to be, or more and more lines that are past theirs."""
    kept = formula(
        "IF(FILL(kept, 0) + FILL(broken, 0) >= 20, 100 * FILL(kept, 0) / (FILL(kept, 0) + FILL(broken, 0)), 100)",
        _WEEK,
        kept=alarms.ours("PromisesKept", _ALLOCATOR, "Sum", _WEEK),
        broken=alarms.ours("PromisesOverdue", "notify-customers", "Sum", _WEEK),
    )
    text = "Of the dates first given to customers that were decided in seven days fewer than 80 % were kept. "
    text += "See which suppliers are late; their lead times are learned by themselves, cards may promise too much."
    meaning = Meaning(text, "promises-broken", "ticket", "purchasing")
    alarms.when("PromisesBroken", kept, meaning, below=80, periods=(1, 1))
    grown = formula("IF(past > 10, DIFF(past), 0)", DAY, past=alarms.ours("LinesPastPromise", _CHASER, "Maximum", DAY))
    text = "More lines are past the date given to their customers, for the third day in a row. See the late purchase "
    text += "orders on the dashboard; call the supplier, offer alternatives."
    meaning = Meaning(text, "lines-past-promise", "ticket", "purchasing")
    alarms.when("LinesPastPromiseGrow", grown, meaning, above=0, periods=(3, 3))


def suppliers_are_late(alarms: Alarms) -> None:
    """Punctuality in full over 28 days, worked out once a day: without enough lines to judge, as of suppliers who never
    confirm, nothing is said. Lateness needs no confirmation: half of all orders come after their likely date, but then
    within a day or two, and of all that are open at a time some sixth is late."""
    share = formula(
        "IF(lines >= 10, otif, 100)",
        DAY,
        otif=alarms.ours("SupplierOtif", _CHASER, "Minimum", DAY),
        lines=alarms.ours("SupplierOtifLines", _CHASER, "Maximum", DAY),
    )
    text = (
        "Less than 70 % of the lines of 28 days came on time and in full by the first date the supplier confirmed. The "
    )
    text += "table of suppliers on the dashboard says who; talk to them, or put longer lead times on their cards."
    alarms.when(
        "SuppliersLate", share, Meaning(text, "suppliers-late", "ticket", "purchasing"), below=70, periods=(1, 2)
    )
    late = formula(
        "IF(FILL(sent, 0) > 0, 100 * FILL(late, 0) / sent, 0)",
        DAY,
        late=alarms.ours("PurchaseOrdersLate", _CHASER, "Sum", DAY),
        sent=alarms.ours("PurchaseOrderAgeDays", _CHASER, "SampleCount", DAY),
    )
    text = "Of the purchase orders that are out more than a third has been late for three days, confirmed or not; with "
    text += "few orders that may be one. The table of suppliers on the dashboard says whose; ring them."
    meaning = Meaning(text, "suppliers-late", "ticket", "purchasing")
    alarms.when("PurchaseOrdersLate", late, meaning, above=34, periods=(3, 3))


WATCHES = (
    counts_are_wrong, customers_are_not_told, mail_is_put_off, mail_reputation, promises_break, suppliers_are_late,
)  # fmt: skip


@dataclass(frozen=True)
class Objective:
    """A service level: the bad events in per cent of all must stay below `budget` over 30 days.

    `label` is what docs and dashboards call it. `bad` makes, for a window, the share of bad events in per cent and the
    number of all events, as metric math with its metrics.
    """

    name: str
    label: str
    budget: float
    what: str
    bad: Callable[[cdk.Duration], tuple[str, str, dict[str, cloudwatch.IMetric]]]


_WINDOWS = (
    ("Fast", 14.4, cdk.Duration.hours(1), cdk.Duration.minutes(5)),
    ("Steady", 6, cdk.Duration.hours(6), cdk.Duration.minutes(30)),
    ("Slow", 1, cdk.Duration.days(3), cdk.Duration.hours(6)),
)
"""How often the budget's even pace, over a long and a short window: 2 %, 5 % and 10 % of 30 days' budget are gone when
the long one tells, and the short one ends the alarm soon after the trouble (Google, The Site Reliability Workbook,
chapter 5). CloudWatch allows windows beyond a day only with periods of an hour or more, and none beyond seven days."""
_ENOUGH = 30


def service_levels(alarms: Alarms, api: apigateway.HttpApi) -> list[Objective]:
    """All that is promised, with alarms on how fast error budgets burn."""
    found = _objectives(alarms, api)
    _objectives_burn(alarms, found)
    return [*found, _promise_kept(alarms)]


def _objectives_burn(alarms: Alarms, objectives: list[Objective]) -> None:
    """Per objective one alarm to get up for and one to look at tomorrow, each of a long AND a short window."""
    for one in objectives:
        pairs = {
            suffix: all_of(
                [_burn(alarms, one, suffix + end, rate, window) for end, window in (("Long", lo), ("Short", sh))]
            )
            for suffix, rate, lo, sh in _WINDOWS
        }
        page = cloudwatch.AlarmRule.any_of(pairs["Fast"], pairs["Steady"])
        text = f"{one.what} The error budget of 30 days ({one.budget:g} %) is being used up"
        runbook = "burn-" + one.name.lower()
        urgent = Meaning(f"{text} within days: at 6 or 14 times its pace.", runbook, "page")
        alarms.composite(f"{one.name}Burn", page, urgent)
        slowly = Meaning(f"{text} faster than it renews itself.", runbook, "ticket")
        alarms.composite(f"{one.name}SlowBurn", pairs["Slow"], slowly)


def _burn(alarms: Alarms, one: Objective, suffix: str, rate: float, window: cdk.Duration) -> cloudwatch.Alarm:
    share, events, metrics = one.bad(window)
    enough = _ENOUGH if suffix.endswith("Long") else 1
    text = f"{one.what} Part of {one.name}Burn: over {rate:g} times the pace that the budget allows."
    return alarms.when(
        f"{one.name}{suffix}",
        formula(f"IF({events} >= {enough}, {share}, 0)", window, **metrics),
        Meaning(text, "burn-" + one.name.lower(), "ticket"),
        above=round(rate * one.budget, 4),
        periods=(1, 1),
        silent=True,
    )


def _objectives(alarms: Alarms, api: apigateway.HttpApi) -> list[Objective]:
    """The service levels that are promised to storefronts, customers and operators."""

    def failed(window: cdk.Duration) -> tuple[str, str, dict[str, cloudwatch.IMetric]]:
        counted = {"bad": api.metric_server_error(period=window, statistic="Sum")}
        return "100 * bad / n", "n", counted | {"n": api.metric_count(period=window, statistic="Sum")}

    def slow(window: cdk.Duration) -> tuple[str, str, dict[str, cloudwatch.IMetric]]:
        bad = "(100 - FILL({0}, 100)) * FILL({0}n, 0)"
        events = "(FILL(rn, 0) + FILL(wn, 0))"
        metrics: dict[str, cloudwatch.IMetric] = {}
        for key, name, limit in (("r", "TimeToRead", 200), ("w", "TimeToWrite", 500)):
            metrics[key] = alarms.ours(name, "api", f"PR(:{limit})", window)
            metrics[key + "n"] = alarms.ours(name, "api", "SampleCount", window)
        return f"({bad.format('r')} + {bad.format('w')}) / {events}", events, metrics

    def unsure(window: cdk.Duration) -> tuple[str, str, dict[str, cloudwatch.IMetric]]:
        bad = alarms.ours("MailsUnanswered", "notify-customers", "Sum", window)
        sent = alarms.ours("TimeToNotify", "notify-customers", "SampleCount", window)
        events = "(FILL(sent, 0) + FILL(bad, 0))"
        return f"100 * FILL(bad, 0) / {events}", events, {"bad": bad, "sent": sent}

    def late(
        name: str, service: str, seconds: int
    ) -> Callable[[cdk.Duration], tuple[str, str, dict[str, cloudwatch.IMetric]]]:
        def share(window: cdk.Duration) -> tuple[str, str, dict[str, cloudwatch.IMetric]]:
            prompt = alarms.ours(name, service, f"PR(:{seconds})", window)
            return "100 - prompt", "n", {"prompt": prompt, "n": alarms.ours(name, service, "SampleCount", window)}

        return share

    first = late("TimeToFirstPromise", "record-backorders", 300)
    units = late("TimeToAllocate", _ALLOCATOR, 900)
    return [
        Objective("ApiAvailability", "API availability", 0.1, "Requests meet errors of ours (5xx).", failed),
        Objective("ApiLatency", "API latency", 1, "Reading takes over 200 ms, or writing over half a second.", slow),
        Objective("PromiseMade", "promise made", 0.5, "Orders of the queue wait over 5 min for a promise.", first),
        Objective("Allocation", "allocation", 1, "Units wait over 15 min for their customer.", units),
        Objective("MailTruth", "mail truth", 0.1, "Nobody knows whether mails to customers were sent.", unsure),
    ]


def _promise_kept(alarms: Alarms) -> Objective:
    """Nine first dates in ten are kept. Days, not minutes, break it: `PromisesBroken` watches it, no burn rate."""

    def broken(window: cdk.Duration) -> tuple[str, str, dict[str, cloudwatch.IMetric]]:
        kept = alarms.ours("PromisesKept", _ALLOCATOR, "Sum", window)
        late = alarms.ours("PromisesOverdue", "notify-customers", "Sum", window)
        events = "(FILL(kept, 0) + FILL(late, 0))"
        return f"100 * FILL(late, 0) / {events}", events, {"kept": kept, "late": late}

    return Objective("PromiseKept", "promise kept", 10, "First dates pass and units still wait.", broken)
