"""What a mail to a customer came to, for logs and metrics."""

from __future__ import annotations

from datetime import datetime

from shared.kernel import clock
from shared.notifications.notify import Outcome
from shared.notifications.promptness import mails_a_week
from shared.runtime import telemetry


def report(key: str, outcome: Outcome, changed: list[int], now: datetime) -> None:
    """One line about a mail that there was reason for, and the figures.

    `changed`: when what it tells of was written (microseconds).
    """
    if outcome.view is not None and outcome.state not in {"nothing", "held"}:
        telemetry.log(
            "customer_mail",
            backorder=outcome.view.head.id,
            correlation_id=outcome.view.head.trace,
            mail_kind=outcome.mail_kind,
            outcome=outcome.state,
        )
    if outcome.settled:
        telemetry.warn("mail_settled", key=key, outcome="unknown")
    if outcome.state == "sent" and outcome.mail_kind:
        telemetry.handled(len(outcome.view.lines) if outcome.view else 0)
        telemetry.count("MailsSent", mail_kind=outcome.mail_kind)
        if outcome.view is not None:
            weekly = mails_a_week(outcome.mails, outcome.view.head.recorded_at, now)
            telemetry.level("MailsPerOrderWeek", weekly)
        if outcome.delayed_since:
            telemetry.level("DelayToNotice", (clock.micros(now) - outcome.delayed_since) / 1_000_000)
        telemetry.level("TimeToNotify", *((clock.micros(now) - at) / 1_000_000 for at in sorted(changed)[:1]))
    telemetry.count("MailsSuppressed", int(outcome.state in {"suppressed", "untold"}))
    telemetry.count("MailsThrottled", int(outcome.state == "throttled"))
    if outcome.state == "untold":
        telemetry.count("ConsentUntold")
        telemetry.warn("customer_cannot_be_told", key=key, mail_kind=outcome.mail_kind)
    telemetry.count("LegalNoticesResent", int(outcome.repeated and outcome.state in {"sent", "unknown"}))
    telemetry.count("MailsUnanswered", outcome.settled + int(outcome.state == "unknown"))
