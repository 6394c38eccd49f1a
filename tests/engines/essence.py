"""What of an outcome AWS promises. The rest (order in batches and between equal index keys, texts of errors, capacity,
empty members) is taken away or put into one order, so that what is left can be compared."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from typing import Any

from infra.local.engine import ServiceError
from infra.local.engine.dynamodb.items import canonical_number
from tests.engines.trace import Item, Outcome, Params, Step, key_of

Essence = tuple[Any, ...]

_UNPROMISED = frozenset({"ConsumedCapacity", "ItemCollectionMetrics"})
_EMPTY_IS_ABSENT = frozenset({"UnprocessedKeys", "UnprocessedItems", "Attributes"})
_SETS = frozenset({"SS", "NS", "BS"})


def essence(step: Step, outcome: Outcome) -> Essence:
    """What must be the same on every engine."""
    if outcome.broke:
        return ("broke",)
    body = {name: value for name, value in outcome.body.items() if _told(name, value)}
    if not outcome.answered:
        return ("refused", outcome.code, _refusal(body))
    if step.operation == "BatchGetItem":
        body = _batch(body)
    elif step.operation == "Scan" and "LastEvaluatedKey" in body and "Limit" not in step.params:
        body = {"LastEvaluatedKey": ...}  # what is on a page that its size has ended follows from the order
    elif step.operation in ("Query", "Scan") and "Items" in body:
        body["Items"] = _ordered(step, body["Items"])
    return ("answered", plain(body))


def plain(value: Any) -> Any:
    """The value with the elements of its sets in one order."""
    if isinstance(value, dict):
        return {
            name: sorted(inner, key=str) if name in _SETS and _is_list(inner) else plain(inner)
            for name, inner in value.items()
        }
    return [plain(inner) for inner in value] if _is_list(value) else value


def shortest(value: Any) -> Any:
    """The value with its numbers in the notation that AWS gives them, where they are numbers at all."""
    if isinstance(value, dict):
        if value.keys() == {"N"} and isinstance(value["N"], str):
            with suppress(ServiceError):
                return {"N": canonical_number(value["N"])}
        return {name: shortest(inner) for name, inner in value.items()}
    return [shortest(inner) for inner in value] if _is_list(value) else value


def state(items: Iterable[Item]) -> dict[tuple[str, str], Item]:
    """A table's items by key."""
    return {key_of(item): plain(item) for item in items}


def changes(records: Iterable[Params]) -> dict[tuple[str, str], list[Essence]]:
    """What a stream tells of every item, in the order of its changes. Between items AWS promises no order."""
    told: dict[tuple[str, str], list[Essence]] = defaultdict(list)
    for record in records:
        change = record["dynamodb"]
        images = plain(change.get("OldImage")), plain(change.get("NewImage"))
        told[key_of(change["Keys"])].append((record["eventName"], *images))
    return dict(told)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _told(name: str, value: Any) -> bool:
    return name not in _UNPROMISED and not (name in _EMPTY_IS_ABSENT and not value)


def _refusal(body: Params) -> Params:
    """Which item is shown, and for a transaction why each of its actions failed."""
    told = {"Item": plain(body["Item"])} if body.get("Item") else {}
    reasons = body.get("CancellationReasons")
    if reasons is None:
        return told
    shown = [{"Code": r.get("Code", "None")} | ({"Item": plain(r["Item"])} if r.get("Item") else {}) for r in reasons]
    return told | {"CancellationReasons": shown}


def _batch(body: Params) -> Params:
    responses = {table: sorted(items, key=_text) for table, items in body.get("Responses", {}).items() if items}
    return body | {"Responses": responses}


def _ordered(step: Step, items: list[Item]) -> list[Item]:
    """A scan has no order at all; items with the same sort key of an index have none among themselves."""
    if step.operation == "Scan":
        return sorted(items, key=_text)
    if "IndexName" not in step.params:
        return items
    runs = groupby(items, key=lambda item: json.dumps(item.get("gsi1sk")))
    return [item for _, run in runs for item in sorted(run, key=_text)]


def _text(item: Item) -> str:
    return json.dumps(plain(item), sort_keys=True)
