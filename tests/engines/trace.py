"""What is played on an engine, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Params = dict[str, Any]
Item = dict[str, Any]

TABLE = "traces"
"""The table's name in every trace; an engine that cannot use it puts its own in its place."""
INDEX = "gsi1"
KEYS = ("pk", "sk")
INDEX_KEYS = ("gsi1pk", "gsi1sk")
SPECIFICATION: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in (*KEYS, *INDEX_KEYS)],
    "KeySchema": [{"AttributeName": n, "KeyType": kind} for n, kind in zip(KEYS, ("HASH", "RANGE"), strict=True)],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": INDEX,
            "KeySchema": [
                {"AttributeName": n, "KeyType": kind} for n, kind in zip(INDEX_KEYS, ("HASH", "RANGE"), strict=True)
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
"""The table of this service, as far as its answers depend on it (a test compares it with the stack's)."""
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@dataclass(frozen=True)
class Step:
    """One request, in the wire format of DynamoDB's JSON protocol."""

    operation: str
    params: Params

    @property
    def writes(self) -> bool:
        """Whether it may change the table."""
        return self.operation in {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}

    def __str__(self) -> str:
        return f"{self.operation} {json.dumps(self.params, ensure_ascii=False)}"


@dataclass(frozen=True)
class Trace:
    """Requests that follow each other on an empty table. `seed` is what they were drawn from."""

    seed: int
    steps: tuple[Step, ...]

    def only(self, some: list[int]) -> Trace:
        """The same with fewer steps."""
        return Trace(self.seed, tuple(self.steps[n] for n in some))


@dataclass(frozen=True)
class Outcome:
    """An answer (`code` is ""), a refusal with its code, or `broke`: no answer of DynamoDB at all.

    `message` is for people and for telling known gaps apart; AWS does not promise it.
    """

    code: str
    body: Params
    message: str = ""
    broke: bool = False

    @property
    def answered(self) -> bool:
        """Whether the engine did what was asked."""
        return not self.code and not self.broke

    def __str__(self) -> str:
        told = json.dumps(self.body, ensure_ascii=False, sort_keys=True)
        if self.answered:
            return told[:600]
        return f"{'broke' if self.broke else 'refused'}: {self.code} ({self.message[:200]}) {told[:400]}"


def key_of(item: Item) -> tuple[str, str]:
    """The item's place, for a dictionary."""
    return json.dumps(item.get("pk")), json.dumps(item.get("sk"))


def actions_of(step: Step) -> Iterator[tuple[str, Params]]:
    """The writes of a step, each as (kind, params), whether alone or in a transaction."""
    alone = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
    if step.operation in alone:
        yield alone[step.operation], step.params
    for action in step.params.get("TransactItems") or ():
        yield from action.items()
