"""Undecided orders in the table, by deadline, and the writes that decide them."""

from __future__ import annotations

from collections.abc import Iterator

from shared.aws import keys
from shared.aws.consent_items import put_consents
from shared.aws.table import ConditionLost, Table
from shared.backorders.ports import Stale
from shared.consent.model import Consents


class TableConsents:
    """ConsentStore over the table: one conditional write an answer."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def write(self, key: str, consents: Consents) -> None:
        try:
            self._table.write(put_consents(key, consents))
        except ConditionLost as error:
            raise Stale("the order was asked or answered in between") from error

    def pending(self) -> int:
        """How many orders wait for their customer's answer."""
        return sum(1 for _ in self._table.query_index(keys.CONSENT_DEADLINES))

    def due(self, at: int) -> Iterator[str]:
        for entry in self._table.query_index(keys.CONSENT_DEADLINES):
            deadline, key = keys.parse_consent_deadline(entry["gsi1sk"])
            if deadline > at:
                return
            yield key
