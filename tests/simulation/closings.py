"""From when on nobody may be written to: told when no function is at work, so that none is in the middle of a mail."""

from __future__ import annotations

from typing import Any, Protocol

from infra.local.world import World
from shared.notifications.outcomes import read_report
from tests.simulation.mail_reports import Reports
from tests.simulation.memory import Memory

_MAILBOX: tuple[Any, ...] = ("mailbox", {"S": "mailbox"})


class Observed(Protocol):
    """A seed's world, as far as it is needed here."""

    world: World
    memory: Memory
    reports: Reports
    table: Any


def note(seen: Observed) -> None:
    """Remember how many mails there were when a mailbox was first seen closed, and when somebody was seen to leave."""
    memory, mails = seen.memory, len(seen.world.engine.ses.mailbox)
    for left in memory.leavings:
        if left.mails is None:
            left.mails = mails
    lasting = (report for report in map(_read, seen.reports.published) if report.lasting)
    if {recipient for report in lasting for recipient in report.recipients} <= memory.closed.keys():
        return
    for item in seen.table.items():
        if item.get("kind") in _MAILBOX:
            pk = item["pk"] if isinstance(item["pk"], str) else item["pk"]["S"]
            memory.closed.setdefault(pk.partition("#")[2], mails)


def _read(detail: dict[str, Any]) -> Any:
    return read_report({"detail": detail})
