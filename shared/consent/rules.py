"""Rule packs: one file per body of law, read as data. This is not legal advice.

Which countries a pack is for stands in the pack; a merchant may choose another one per country in the settings.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from shared.consent.model import OnSilence

PACKS = ("us", "eu", "none")
_DAY = 86_400_000_000
_FOLDER = Path(__file__).parent / "packs"


@dataclass(frozen=True)
class Rule:
    """One row. It applies to the first, the second, or every later delay (`later` includes the second).

    `up_to_days`: only to a definite date at most so many days after the one counted on; None for every delay.
    `asks`: the customer has to decide (otherwise the notice only says what silence means). The deadline is the date
    counted on (`committed`) or told last (`told`), and `plus_days`.
    """

    id: str
    round: Literal["first", "second", "later"]
    asks: bool
    deadline: Literal["committed", "told"]
    on_silence: OnSilence
    reference: str
    says: str
    plus_days: int = 0
    up_to_days: int | None = None

    def applies(self, nth: int, days: int | None) -> bool:
        """To the nth delay of a line (from 1), by that many days; None: to no date at all."""
        counts = {"first": nth == 1, "second": nth == 2, "later": nth > 1}[self.round]
        return counts and (self.up_to_days is None or (days is not None and days <= self.up_to_days))


@dataclass(frozen=True)
class RulePack:
    """The rows of one body of law, the first that applies counts.

    `foreseen`: a delay counts as soon as it is likely, otherwise once the day has passed.
    `default_days` after the order count as agreed where no date was told; nobody gets less than `least_answer_days`
    to answer; refunds are due within `refund_within_days`, as `refund_reference` says (empty where no law is known).
    `withdrawal`: the customer may withdraw from the contract without a reason, and the page has to offer it.
    """

    name: str
    title: str
    countries: frozenset[str]
    foreseen: bool
    default_days: int
    least_answer_days: int
    refund_within_days: int
    refund_reference: str
    refund_says: str
    withdrawal: bool
    rules: tuple[Rule, ...]

    def refund_by(self, at: int) -> int | None:
        """When what was paid has to be back, of units given up at that time (microseconds); None: no law is known."""
        return at + self.refund_within_days * _DAY if self.rules else None

    def rule(self, nth: int, days: int | None) -> Rule | None:
        return next((rule for rule in self.rules if rule.applies(nth, days)), None)


@cache
def pack(name: str) -> RulePack:
    """The pack of that name. KeyError if there is none."""
    if name not in PACKS:
        raise KeyError(name)
    values = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    rules = tuple(Rule(**row) for row in values.pop("rules"))
    return RulePack(**{**values, "countries": frozenset(values["countries"]), "rules": rules})


def pack_for(country: str | None, chosen: Mapping[str, str]) -> RulePack:
    """The pack for a customer's country (two letters); `chosen` are the merchant's own choices."""
    country = (country or "").upper()
    if country in chosen:
        return pack(chosen[country])
    return next((pack(name) for name in PACKS if country in pack(name).countries), pack("none"))
