"""Catalogs are complete, fall back, and write dates and numbers as their readers do."""

from __future__ import annotations

import string
from datetime import date

import pytest

from shared.notifications import language as languages
from shared.notifications.language import fallbacks, language
from tests.unit.notifications.letters import LOCALES

FORMATTER = string.Formatter()


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in FORMATTER.parse(sentence) if name}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_full_catalog_has_every_sentence_with_the_same_values(locale: str) -> None:
    english, other = languages._catalog("en"), languages._catalog(locale)
    assert set(other) - {"dates.first"} == set(english)
    for key, sentence in english.items():
        optional = {"n"} if key.endswith(".one") else set()
        assert fields(other[key]) - optional == fields(sentence) - optional, key


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_is_not_the_english_text(locale: str) -> None:
    english, other = languages._catalog("en"), languages._catalog(locale)
    prose = [key for key, sentence in english.items() if sentence.count(" ") > 2]
    assert locale == "en" or [key for key in prose if other[key] == english[key]] == []


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("sv", "sv"),
        ("sv-SE", "sv"),
        ("sv_FI", "sv"),
        ("DE-at", "de"),
        ("en-GB", "en"),
        ("en-US", "en-US"),
        ("en_us", "en-US"),
        ("pl", "en"),
        ("zh-Hant-TW", "en"),
        ("", "en"),
        ("../../etc/passwd", "en"),
        ("en\r\nBcc: x", "en"),
        ("swe", "en"),
    ],
)
def test_a_locale_falls_back_to_its_language_and_then_to_english(asked: str, written: str) -> None:
    assert language(asked).locale == written
    assert fallbacks(asked)[-1] == "en"


def test_a_catalog_says_only_what_differs_from_its_language() -> None:
    assert language("en-US")("accepted.heading") == language("en")("accepted.heading")
    assert language("en-US").date(date(2026, 1, 12)) == "January 12, 2026"


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", "12 January 2026"),
        ("sv", "12 januari 2026"),
        ("nl", "12 januari 2026"),
        ("de", "12. Januar 2026"),
        ("fr", "12 janvier 2026"),
        ("es", "12 de enero de 2026"),
    ],
)
def test_dates_are_written_as_the_locale_writes_them(locale: str, written: str) -> None:
    assert language(locale).date(date(2026, 1, 12)) == written


def test_the_first_of_a_month_is_ordinal_in_french() -> None:
    assert language("fr").date(date(2026, 8, 1)) == "1er août 2026"
    assert language("sv").date(date(2026, 8, 1)) == "1 augusti 2026"


@pytest.mark.parametrize(
    ("locale", "number", "money"),
    [
        ("en", "1,234,567", "1234.50 EUR"),
        ("de", "1.234.567", "1234,50 EUR"),
        ("sv", "1\u00a0234\u00a0567", "1234,50 EUR"),
        ("fr", "1\u202f234\u202f567", "1234,50 EUR"),
    ],
)
def test_numbers_are_written_as_the_locale_writes_them(locale: str, number: str, money: str) -> None:
    words = language(locale)
    assert words.number(1_234_567) == number
    assert words.money("1234.50", "EUR") == money


def test_counted_things_take_the_grammatical_number_of_the_language() -> None:
    assert language("en").count("order.more_units", 1) == "one unit"
    assert language("en").count("order.more_units", 0) == "0 units"
    assert language("fr").count("order.more_units", 0) == "0 unité"
    assert language("en").count("order.more_units", 1054) == "1,054 units"
