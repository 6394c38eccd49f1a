"""Queue record-mail-outcomes -> what became of the mails: delivered, delayed, bounced, complained about."""

from __future__ import annotations

from typing import Any

from shared.aws.outcomes_store import TableOutcomes
from shared.notifications.outcomes import Report, read_report, take_report
from shared.runtime import telemetry
from shared.runtime.batches import run_batch
from shared.runtime.container import container
from shared.runtime.metric_names import VALUES

_METRICS = {
    "delivered": "MailsDelivered",
    "bounced": "MailsBounced",
    "rejected": "MailsBounced",
    "complained": "MailComplaints",
}
_UNWANTED = {"bounced", "rejected", "complained"}


def on_report(body: dict[str, Any]) -> None:
    report = read_report(body)
    noted = take_report(report, outcomes=TableOutcomes(container().table))
    if noted == "twice" and report.delivery == "sent":
        telemetry.count("MailsTwice")
        telemetry.warn("mail_sent_twice", backorder=report.backorder_id, revision=report.revision)
    if noted == "news":
        _count(report)
    if noted == "news" and report.delivery in _UNWANTED:
        telemetry.log("mail_not_wanted", backorder=report.backorder_id, action=report.delivery)


def _count(report: Report) -> None:
    if report.delivery == "delayed":
        telemetry.count("MailsDelayed")
    elif report.delivery in _METRICS and report.kind in VALUES["mail_kind"]:
        telemetry.count(_METRICS[report.delivery], mail_kind=report.kind)
    elif report.delivery in _METRICS:  # of another release: to be seen, and not to be lost among others
        telemetry.warn("mail_kind_unknown", backorder=report.backorder_id, action=report.delivery)


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    return run_batch(event, on_report, context)
