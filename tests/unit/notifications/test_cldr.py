"""The formats that are kept by hand in the catalogs, against CLDR (by Babel, which nothing that is shipped knows)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from shared.notifications.language import language
from tests.unit.notifications.letters import LOCALES

EVERY = (*LOCALES, "en-US")
CLDR = {"en": "en_GB", "en-US": "en_US"}
"""Our English is that of Britain where nobody says otherwise."""

NUMBERS = (0, 1, 2, 10, 999, 1_000, 1_234, 10_000, 123_456, 999_999)


def cldr(locale: str) -> Locale:
    return Locale.parse(CLDR.get(locale, locale))


def plain(text: str) -> str:
    """Without the difference between spaces that break and ones that do not."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("locale", EVERY)
def test_dates_are_written_as_by_cldr(locale: str) -> None:
    words = language(locale)
    # French writes "1er"; CLDR's pattern knows no ordinals and leaves it out. The rule is the Imprimerie nationale's.
    first = 2 if locale == "fr" else 1
    days = [date(2026, month, day) for month in range(1, 13) for day in (first, 2, 21, 28)]
    assert [plain(words.date(day)) for day in days] == [
        plain(format_date(day, "long", locale=cldr(locale))) for day in days
    ]


@pytest.mark.parametrize("locale", EVERY)
def test_the_grammatical_number_is_that_of_cldr(locale: str) -> None:
    words, forms = language(locale), cldr(locale).plural_form
    for n in range(1_000):
        form = "one" if forms(n) == "one" else "other"
        assert words.count("order.more_units", n) == words(f"order.more_units.{form}", n=words.number(n)), n


@pytest.mark.parametrize("locale", EVERY)
def test_thousands_and_decimals_are_separated_as_by_cldr(locale: str) -> None:
    words = language(locale)
    for n in NUMBERS:
        # Babel passes over CLDR's minimumGroupingDigits, which is 2 for Spanish: four digits stay together.
        pattern = "0" if locale == "es" and n < 10_000 else None
        assert plain(words.number(n)) == plain(format_decimal(n, pattern, locale=cldr(locale))), n
    for currency in ("EUR", "SEK", "GBP", "USD"):
        amount = plain(words.money("12.50", currency))
        assert amount == plain(format_currency(Decimal("12.50"), currency, "#,##0.00 ¤¤", locale=cldr(locale)))
