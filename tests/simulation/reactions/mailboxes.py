"""What SES reports is known, and a mailbox that bounced or complained gets no more mails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.kernel.ids import backorder_key
from shared.notifications.outcomes import RANK, Report, read_report
from shared.notifications.ports import mailbox_of
from tests.simulation.reactions.kept import Kept, Violation
from tests.simulation.universe import Universe

STATES = tuple(f"mail {state}" for state in ("sent", "delivered", "bounced", "complained"))


def reached(universe: Universe, kept: Kept) -> Iterator[str]:
    for notice in kept["notice"]:
        if "delivery" in notice:
            yield f"mail {notice['delivery']}"


def broken(universe: Universe, kept: Kept) -> Iterator[Violation]:
    reports = [read_report({"detail": detail}) for detail in universe.reports.published]
    yield from _noted(reports, {(notice["pk"], notice["sk"]): notice for notice in kept["notice"]})
    closed = {item["pk"].partition("#")[2] for item in kept["mailbox"]}
    for report in reports:
        if report.lasting and not closed.issuperset(report.recipients):
            yield "bounces_close_mailboxes", report.message_id, report.delivery
    yield from _left_alone(universe)


def _noted(reports: list[Report], notices: dict[tuple[str, str], Any]) -> Iterator[Violation]:
    """Of all that was reported about a mail its notice knows the strongest, in whichever order it came."""
    strongest: dict[tuple[str, str, str], Report] = {}
    for report in reports:
        if report.backorder_id is not None and report.revision is not None:
            key = f"B#{backorder_key(report.backorder_id)}", f"TOLD#{report.revision:06d}", report.message_id
            strongest[key] = max(strongest.get(key, report), report, key=lambda one: RANK[one.delivery])
    for (pk, sk, message_id), report in strongest.items():
        notice = notices.get((pk, sk), {})
        if notice.get("delivery_rank") != RANK[report.delivery] or notice.get("message_id") != message_id:
            shown = {name: notice.get(name) for name in ("delivery", "message_id", "state")}
            yield "reports_are_noted", f"{pk} {sk}", f"{report.delivery} of {message_id}, known {shown}"


def _left_alone(universe: Universe) -> Iterator[Violation]:
    mailbox = list(universe.world.engine.ses.mailbox)
    for recipient, mails in universe.memory.closed.items():
        for mail in mailbox[mails:]:
            if recipient in {mailbox_of(address) for address in mail["to"]}:
                yield "closed_mailboxes_get_no_mail", recipient, f"{mail['tags']} at {mail['sent_at']}"
