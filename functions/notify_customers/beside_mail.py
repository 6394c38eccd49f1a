"""What else follows from an order that was read for its customer's sake, mail or no mail."""

from __future__ import annotations

from datetime import datetime

from shared.aws.changing_store import TableChangingStore
from shared.aws.table import Table
from shared.backorders.authorisation import recheck_authorisation
from shared.backorders.lookup import OrderView
from shared.promising.kept import overdue
from shared.runtime import telemetry


def beside_mail(view: OrderView | None, day: int, table: Table, now: datetime) -> None:
    """Flag an authorisation that will not last, count the promises that ended with this UTC day (from 1970; 0: the
    message is not about one)."""
    recheck_authorisation(view, store=TableChangingStore(table), now=now)
    telemetry.count("PromisesOverdue", overdue(view.head, view.lines, day) if view and day else 0)
