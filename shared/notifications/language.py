"""The languages mails are written in: sentences from a catalog file per locale, and how each writes dates and numbers.

A translation is one new file in `templates/locales/`; what it leaves out is taken from the language it belongs to and
then from English. Sentences are ours, the values put into them are data and never read as a pattern.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

CATALOGS = Path(__file__).parent / "templates" / "locales"
DEFAULT = "en"
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class Language:
    """One locale's catalog over its fallbacks. Called with a key it answers the sentence, values filled in."""

    locale: str
    sentences: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The sentence. KeyError names the key or value that is missing."""
        return self.sentences[key].format_map(values)

    def count(self, key: str, n: int, **values: object) -> str:
        """The sentence in the grammatical number of `n`, which is available in it as {n}."""
        form = "one" if n in _SINGULAR.get(self.locale.split("-")[0], (1,)) else "other"
        return self(f"{key}.{form}", n=self.number(n), **values)

    def date(self, day: date) -> str:
        """A date in words, as in `12 January 2026`."""
        first = "dates.first" if day.day == 1 and "dates.first" in self.sentences else "dates.long"
        return self(first, day=day.day, month=self(f"dates.month_{day.month}"), year=day.year)

    def number(self, n: int) -> str:
        """A whole number with the locale's separator of thousands."""
        if n < _GROUPED_FROM.get(self.locale.split("-")[0], 0):
            return str(n)
        return f"{n:,}".replace(",", self("numbers.thousands"))

    def money(self, amount: str, currency: str) -> str:
        """A decimal string with its currency code, as in `4.20 EUR`; digits are not rounded or grouped."""
        return f"{amount.replace('.', self('numbers.decimal'))} {currency}"


# Numbers below are written without separator (CLDR, minimumGroupingDigits), where there are any.
_GROUPED_FROM = {"es": 10_000}

# Numbers that take the singular form, where it is not 1 alone.
_SINGULAR: dict[str, tuple[int, ...]] = {"fr": (0, 1)}


@cache
def locales() -> tuple[str, ...]:
    """The locales there is a catalog for."""
    return tuple(sorted(path.stem for path in CATALOGS.glob("*.toml")))


def fallbacks(locale: str) -> tuple[str, ...]:
    """Catalogs to look in, first one first: the locale, its language, English."""
    wanted: list[str] = []
    if _LOCALE.fullmatch(locale):
        subtags = locale.replace("_", "-").lower().split("-")
        wanted = ["-".join(subtags[:n]) for n in range(len(subtags), 0, -1)]
    known = {name.lower(): name for name in locales()}
    chain = [known[name] for name in wanted if name in known]
    return tuple(dict.fromkeys([*chain, DEFAULT]))


def language(locale: str) -> Language:
    """The best language for a customer's or supplier's locale; never fails, English is always there."""
    return _language(fallbacks(locale))


@cache
def _language(chain: tuple[str, ...]) -> Language:
    merged: dict[str, str] = {}
    for name in reversed(chain):
        merged |= _catalog(name)
    return Language(chain[0], merged)


def _catalog(name: str) -> dict[str, str]:
    """A catalog file flattened to `section.key`."""
    with (CATALOGS / f"{name}.toml").open("rb") as file:
        return dict(_flatten("", tomllib.load(file)))


def _flatten(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in table.items():
        path = f"{prefix}{key}"
        flat += _flatten(f"{path}.", value) if isinstance(value, dict) else [(path, str(value))]
    return flat
