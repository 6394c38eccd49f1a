"""What is, hourly or four times a day, whatever happened: open lines, undecided customers, switches, the last plan."""

from __future__ import annotations

from datetime import datetime

from shared.aws.chasing import TableOpenBook
from shared.aws.consent_store import TableConsents
from shared.aws.planning_store import TablePlans
from shared.backorders.backlog import look_at_backlog
from shared.kernel.clock import micros
from shared.runtime import telemetry
from shared.runtime.container import Container
from shared.runtime.metric_names import VALUES

_HOUR = 3_600_000_000


def backlog(wired: Container, now: datetime) -> None:
    """The open lines: exact while the book is small, from a sample when it is large."""
    found = look_at_backlog(book=TableOpenBook(wired.table), now=now)
    for name, value in found.figures.items():
        telemetry.level(name, value)
    telemetry.level("BacklogAge", *found.ages)
    for currency, value in found.values.items():
        if currency in VALUES["currency"]:
            telemetry.level("OpenValue", value, currency=currency)
        else:  # a series for each of 180 currencies would be too many, and a sum of several says nothing
            telemetry.log("open_value_left_out", code=currency)


def undecided(wired: Container, now: datetime) -> None:  # noqa: ARG001 - called like the other duties
    telemetry.level("ConsentPending", TableConsents(wired.table).pending())


def switches(wired: Container, now: datetime) -> None:
    """What an operator has switched off, and how long ago planning was looked at: both explain why nothing happens."""
    settings, ran = wired.settings(), TablePlans(wired.table).last_run()
    telemetry.level("MailOn", int(settings.mail_enabled))
    telemetry.level("AutoOrderOn", int(settings.auto_order_enabled))
    telemetry.level("AutoCancelOn", int(settings.auto_cancel_enabled))
    if ran is not None:
        telemetry.level("HoursSincePlan", round((micros(now) - ran) / _HOUR, 2))
