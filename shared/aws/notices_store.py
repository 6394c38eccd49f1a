"""What customers were told, and the mails that told it, as items of the table.

A line told is a list of six values by its position, so that the snapshot of the largest order stays far below the
400 KB of an item. A claimed notice stands in the index until its outcome is recorded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from shared.aws import keys
from shared.aws.consent_items import put_consents
from shared.aws.marshal import Item
from shared.aws.table import Check, ConditionLost, Path, Put, Table, Update, Write
from shared.consent.model import Consents
from shared.notifications.ports import Notice, Overtaken
from shared.notifications.told import LineTold, Told

_INDEX = ("gsi1pk", "gsi1sk")


class TableNotices:
    """Notices over the table: one read for what was told, one transaction to claim, one write for the outcome."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def told(self, key: str) -> Told:
        item = self._table.get(keys.told(key))
        return _told_from(item) if item else Told()

    def keep_untold(self, key: str, until: int = 0) -> None:
        """Remember that this order may have news, which can be told from that time on (microseconds).

        0 stands for mail that is switched off: nobody knows until when.
        """
        self._table.write(Put({"kind": "untold", **keys.untold(key), **keys.untold_until(key, until)}))

    def untold(self, now: int) -> Iterator[str]:
        """Keys of the orders that may have news nobody was told, and that could be told now."""
        for entry in self._table.query_index(keys.UNTOLD):
            until, key = keys.parse_untold(entry["gsi1sk"])
            if until > now:
                return
            yield key

    def forget_untold(self, order_keys: Iterable[str]) -> None:
        """Their messages are on the way."""
        self._table.delete_idempotent(keys.untold(key) for key in order_keys)

    def is_closed(self, recipient: str) -> bool:
        return self._table.get(keys.mailbox(recipient)) is not None

    def notice(self, key: str, revision: int) -> Notice | None:
        item = self._table.get(keys.notice(key, revision))
        return _notice_from(item) if item else None

    def reached(self, key: str, revision: int) -> bool:
        notice = self.notice(key, revision)
        if notice is not None and notice.repeated_by:
            return self.reached(key, notice.repeated_by)
        return notice is not None and notice.reached

    def claim(self, key: str, before: Told, after: Told, notice: Notice, asked: Consents | None = None) -> None:
        writes: list[Write] = [
            _put_told(key, after, before.revision),
            Put(_notice_item(key, notice), fresh=True),
        ]
        if notice.repeats:
            writes.append(_repeated(key, notice))
        if before.revision and before.revision != notice.repeats:
            previous = keys.notice(key, before.revision)
            writes.append(Check(previous, when="#state <> :claimed", values={"claimed": "claimed"}))
        if asked is not None:
            writes.append(put_consents(key, asked))
        try:
            self._table.transact(writes)
        except ConditionLost as error:
            raise Overtaken("another worker tells this order's news", retry_after=60) from error

    def record_sent(self, key: str, revision: int, message_id: str, at: int) -> None:
        """Also of a notice already given up as unknown, or reported on by the provider: now it is known."""
        sent = Update(
            keys.notice(key, revision),
            set={"state": "sent", "message_id": message_id, "sent_at": at},
            remove=_INDEX,
            when="#state IN (:claimed, :unknown, :sent)",
            values={"claimed": "claimed", "unknown": "unknown", "sent": "sent"},
        )
        try:
            self._table.write(sent)
        except ConditionLost:
            known = self.notice(key, revision)
            if known is None or known.state != "rejected":  # reported before its own sender could note it
                raise

    def record_refused(self, key: str, before: Told, notice: Notice, unasked: Consents | None = None) -> None:
        told = replace(before, revision=notice.revision)
        writes: list[Write] = [
            _put_told(key, told, notice.revision),
            Update(
                keys.notice(key, notice.revision),
                set={"state": "refused"},
                remove=_INDEX,
                when="#state = :claimed",
                values={"claimed": "claimed"},
            ),
        ]
        if notice.repeats:
            waits = _waits(key, notice.repeats, notice.claimed_at)
            writes.append(Update(keys.notice(key, notice.repeats), set=waits, remove=("repeated_by",)))
        if unasked is not None:
            writes.append(put_consents(key, unasked))
        self._table.transact(writes)

    def record_unknown(self, key: str, revision: int) -> bool:
        unknown = Update(
            keys.notice(key, revision),
            set={"state": "unknown"},
            when="#state = :claimed",
            values={"claimed": "claimed"},
        )
        return self._holds(unknown)

    def give_up(self, key: str, revision: int, resend_at: int) -> bool:
        waits = _waits(key, revision, resend_at) if resend_at else {}
        given_up = Update(
            keys.notice(key, revision),
            set={**waits, "state": "unknown"},
            remove=() if waits else _INDEX,
            when="#gsi1pk = :waiting",
            values={"waiting": keys.CLAIMED_NOTICES},
        )
        return self._holds(given_up)

    def _holds(self, write: Update) -> bool:
        try:
            self._table.write(write)
        except ConditionLost:
            return False
        return True

    def claimed_before(self, at: int) -> Iterator[tuple[str, int]]:
        for entry in self._table.query_index(keys.CLAIMED_NOTICES):
            claimed_at, key, revision = keys.parse_claimed_notice(entry["gsi1sk"])
            if claimed_at >= at:
                return
            yield key, revision

    def to_repeat(self, at: int) -> Iterator[tuple[str, int]]:
        for entry in self._table.query_index(keys.LEGAL_UNKNOWN):
            due, key, revision = keys.parse_claimed_notice(entry["gsi1sk"])
            if due > at:
                return
            yield key, revision

    def leave(self, key: str, revision: int) -> None:
        left = Update(
            keys.notice(key, revision), remove=_INDEX, when="#state = :unknown", values={"unknown": "unknown"}
        )
        with contextlib.suppress(ConditionLost):  # reported on in between, which took it out of the index
            self._table.write(left)

    def describe(self, skus: Iterable[str]) -> Mapping[str, str]:
        """What items are called, from their cards."""
        found = self._table.get_many(keys.item(sku) for sku in skus)
        return {item["sku"]: item.get("description", "") for item in found.values()}


def _waits(key: str, revision: int, due: int) -> dict[Path, Any]:
    """A notice's place in the index of those to be sent once more."""
    place = keys.repeated_notice(key, revision, due)
    return {name: place[name] for name in _INDEX}


def _repeated(key: str, notice: Notice) -> Update:
    return Update(
        keys.notice(key, notice.repeats),
        set={"repeated_by": notice.revision},
        remove=_INDEX,
        when="#state = :unknown AND attribute_not_exists(#repeated_by)",
        values={"unknown": "unknown"},
    )


def _put_told(key: str, told: Told, revision: int) -> Put:
    """Written over the snapshot of `revision`; 0 means that there is none yet."""
    item: Item = {"kind": "told", **keys.told(key), **_told_map(told)}
    if revision == 0:
        return Put(item, fresh=True)
    return Put(item, when="#revision = :revision", values={"revision": revision})


def _told_map(told: Told) -> dict[str, Any]:
    values: dict[str, Any] = {
        "revision": told.revision,
        "at": told.at,
        "lines": {str(position): _line_list(line) for position, line in told.lines.items()},
        "parcels": {str(n): count for n, count in told.parcels.items()},
    }
    if told.withdrawn:
        values["withdrawn"] = told.withdrawn
    if told.mail != told.revision:
        values["mail"] = told.mail
    if told.reached is not None:
        values["reached"] = _told_map(told.reached)
    return values


def _line_list(line: LineTold) -> list[Any]:
    return [line.waiting, line.handed, line.shipped, line.cancelled, line.switched, line.by]


def _told_from(item: Mapping[str, Any]) -> Told:
    """What an earlier release wrote does not say what was told before: nothing, then."""
    return Told(
        revision=item["revision"],
        at=item["at"],
        lines={int(position): LineTold(*values) for position, values in item["lines"].items()},
        parcels={int(n): count for n, count in item["parcels"].items()},
        withdrawn=item.get("withdrawn", 0),
        mail=item["mail"] if "mail" in item else item["revision"],
        reached=_told_from(item["reached"]) if "reached" in item else None,
    )


_FIELDS = ("revision", "mail_kind", "locale", "recipient", "claimed_at", "state", "sent_at", "message_id")
_MARKS = ("legal", "repeats", "repeated_by", "delivery")


def _notice_item(key: str, notice: Notice) -> dict[str, Any]:
    fields = {name: getattr(notice, name) for name in _FIELDS}
    return {
        "kind": "notice",
        **keys.notice(key, notice.revision),
        **fields,
        **{name: value for name in _MARKS if (value := getattr(notice, name))},
        "kinds": list(notice.kinds),
        **(keys.claimed_notice(key, notice.revision, notice.claimed_at) if notice.state == "claimed" else {}),
    }


def _notice_from(item: Item) -> Notice:
    return Notice(kinds=tuple(item["kinds"]), **{name: item[name] for name in (*_FIELDS, *_MARKS) if name in item})
