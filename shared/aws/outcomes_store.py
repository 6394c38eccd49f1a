"""Reports about mails as attributes of their notices, and closed mailboxes as items of their own."""

from __future__ import annotations

import contextlib

from shared.aws import keys
from shared.aws.table import ConditionLost, Put, Table, Update
from shared.notifications.outcomes import RANK, Delivery, Noted, Report

_INDEX = ("gsi1pk", "gsi1sk")


class TableOutcomes:
    """Outcomes over the table: one conditional write a report."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def report(self, key: str, report: Report) -> Noted:
        rank = RANK[report.delivery]
        try:
            self._table.write(
                Update(
                    keys.notice(key, report.revision or 0),
                    set={
                        "delivery": report.delivery,
                        "delivery_rank": rank,
                        "delivery_at": report.at,
                        "message_id": report.message_id,
                        "state": "rejected" if report.delivery == "rejected" else "sent",
                    },
                    remove=_INDEX,
                    when="#state IN (:claimed, :unknown, :sent)"
                    " AND (attribute_not_exists(#delivery_rank) OR #delivery_rank < :rank)"
                    " AND (attribute_not_exists(#message_id) OR #message_id = :mail)",
                    values={
                        "mail": report.message_id,
                        "claimed": "claimed",
                        "unknown": "unknown",
                        "sent": "sent",
                        "rank": rank,
                    },
                )
            )
        except ConditionLost:
            known = self._table.get(keys.notice(key, report.revision or 0)) or {}
            return "twice" if known.get("message_id", report.message_id) != report.message_id else "known"
        return "news"

    def suppress(self, recipient: str, reason: Delivery, at: int) -> None:
        item = {"kind": "mailbox", **keys.mailbox(recipient), "closed": reason, "at": at}
        with contextlib.suppress(ConditionLost):
            self._table.write(Put(item, fresh=True))
