"""Every hour -> what nobody else would notice: what is late, cut off, held back, untold, or will run out."""

from __future__ import annotations

from typing import Any

from functions.chase_overdue import duties, levels
from shared.kernel import clock
from shared.kernel.errors import Unavailable
from shared.runtime import telemetry
from shared.runtime.container import container


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> None:  # noqa: ARG001 - due is told by the clock, not by the event
    """Each duty on its own: one that fails does not keep the others from being done."""
    wired, now = container(), clock.now()
    due = [duties.suppliers, duties.receipts, duties.recordings, duties.uncounted_demand]
    due += [duties.silent_mails, duties.legal_notices, duties.untold_news, duties.subscribers]
    due += [duties.consent_deadlines, duties.webhook_tries]
    due += [levels.undecided, levels.switches]
    if duties.quarterly(wired, now):
        due.append(levels.backlog)
    if duties.daily(wired, now):
        due += [duties.lead_times, duties.sets_and_dates, duties.passing_days]
    if duties.morning(wired, now):
        due.append(duties.stock)
    failed = []
    for duty in due:
        try:
            duty(wired, now)
        except Exception as error:  # noqa: BLE001 - reported below, after the other duties
            telemetry.failure("duty_failed", error, action=duty.__name__)
            failed.append(duty.__name__)
    if failed:
        raise Unavailable(f"could not be done: {', '.join(failed)}")
    telemetry.level("RunsDone", 1)
