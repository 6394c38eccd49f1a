"""Rounds of asking about delays as an item of the order's partition; in the index of deadlines while undecided."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.table import Put
from shared.consent.model import Consents, Delay, Round


def consents_from(item: Item) -> Consents:
    return Consents(tuple(_round_from(values) for values in item["rounds"]), item["version"])


def put_consents(key: str, consents: Consents) -> Put:
    """Written over the version before. ConditionLost if somebody asked or answered in between."""
    item: Item = {
        "kind": "consent",
        **keys.consent(key),
        "rounds": [_round_map(r) for r in consents.rounds],
        "version": consents.version,
    }
    if consents.undecided is not None:
        item |= keys.consent_deadline(key, consents.undecided.deadline)
    if consents.version == 1:
        return Put(item, fresh=True)
    return Put(item, when="#version = :before", values={"before": consents.version - 1})


def _round_map(asked: Round) -> dict[str, Any]:
    values = asdict(asked) | {"delays": [_delay(d) for d in asked.delays]}
    return {name: value for name, value in values.items() if value is not None}


def _delay(delay: Delay) -> list[Any]:
    values = [delay.position, delay.line_id, delay.was, delay.now]
    return values if delay.milder is None else [*values, delay.milder]


def _round_from(values: dict[str, Any]) -> Round:
    return Round(**values | {"delays": tuple(Delay(*delay) for delay in values["delays"])})
