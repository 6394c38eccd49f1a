"""Requests under an Idempotency-Key: claimed before they are carried out, answered once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import ConditionLost, Delete, Put, Table, Update

_OWN = "#by = :by AND attribute_not_exists(answer)"


@dataclass(frozen=True)
class Claim:
    """One carrying out of a request. `hash` names it, `digest` is of its content, `claimed_at` in microseconds.

    `by` is of this carrying out alone: who wrote the claim knows it again when only the answer was lost.
    """

    hash: str
    digest: str
    claimed_at: int
    by: str


@dataclass(frozen=True)
class Known:
    """A request that was met before; `answer` is None while it is being carried out."""

    digest: str
    claimed_at: int
    by: str
    answer: dict[str, Any] | None


_KEPT_SECONDS = 7 * 86_400


class TableRequests:
    """Claims in the table. They expire after a week, which is longer than a client goes on repeating a request."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim(self, claim: Claim, *, over: Known | None = None, answer: dict[str, Any] | None = None) -> bool:
        """Take the request, or take it over from a claim that was given up. False if somebody else has it.

        `answer` is kept with the claim where it is known already.
        """
        key = keys.request(claim.hash)
        item: Item = {"kind": "request", **key, "digest": claim.digest}
        item |= {"claimed_at": claim.claimed_at, "by": claim.by}
        item["ttl"] = claim.claimed_at // 1_000_000 + _KEPT_SECONDS
        if answer is not None:
            item["answer"] = answer
        try:
            if over is None:
                self._table.write(Put(item, fresh=True))
            else:
                self._table.write(Put(item, when=_OWN, values={"by": over.by}))
        except ConditionLost:
            known = self.known(claim.hash)
            return known is not None and known.by == claim.by
        return True

    def known(self, hash_: str) -> Known | None:
        item = self._table.get(keys.request(hash_))
        return None if item is None else Known(item["digest"], item["claimed_at"], item["by"], item.get("answer"))

    def answer(self, claim: Claim, answer: dict[str, Any]) -> None:
        """Keep the first answer. If the claim was taken over meanwhile, the other's answer stands."""
        values = {"by": claim.by}
        try:
            self._table.write(Update(keys.request(claim.hash), set={"answer": answer}, when=_OWN, values=values))
        except ConditionLost:
            return

    def give_up(self, claim: Claim) -> None:
        """The request failed: a repeat may try again."""
        values = {"by": claim.by}
        try:
            self._table.write(Delete(keys.request(claim.hash), when=_OWN, values=values))
        except ConditionLost:
            return
