from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts import common
from shared.contracts.common import Model
from shared.runtime import problems


class Sample(Model):
    id: common.Id = "a"
    sku: common.Sku = "a"
    name: common.Name = "Ann"
    text: common.Text = ""
    reason: common.Reason = "why"
    quantity: common.Quantity = 1
    units: common.Units = 0
    days: common.Days = 0
    money: common.Money = "0"
    currency: common.Currency = "EUR"
    country: common.Country = "SE"
    locale: common.Locale = "sv"
    email: common.Email = "ann@example.com"
    at: common.Instant = datetime(2026, 1, 5, tzinfo=UTC)


BIDI = "\u202e"
BAD: dict[str, list[Any]] = {
    "id": ["", "x" * 65, "a\nb", "a\x00b", "a\u200bb", BIDI + "a", "\ud800", "a\u2028b", 1, None, ["a"]],
    "sku": ["", "x" * 129, "a\tb", "\x7f", "\ud800", 1, None],
    "name": ["", " ", "\u3000", "x" * 201, "a\nb", "a\r\nBcc: x", "a\x00", BIDI + "a", "\u2066a", "\ud800", 7],
    "text": ["x" * 2001, "a\x00", BIDI, "\ud800", None],
    "reason": ["", "  ", "a\nb", "x" * 201, 3],
    "quantity": [0, -1, 1_000_001, 1.0, 1.5, "1", True, None, 10**30],
    "units": [-1, 1_000_001, 0.0, "0", False],
    "days": [-1, 3651, 1.0, "1"],
    "money": ["", "-1", "1.23456", "1e3", "1,50", " 1", "1 ", ".5", "5.", "NaN", "Infinity", "٣", "1" * 13, 1, 1.5],
    "currency": ["", "eur", "EU", "EURO", "E1R", "ЕUR", None],
    "country": ["", "se", "SWE", "S1", None],
    "locale": ["", "s", "english", "en-", "en_", "en--US", "e n", "ен", None],
    "email": [
        "",
        "ann",
        "ann@",
        "@example.com",
        "ann@example",
        "a b@example.com",
        "ann@example..com",
        ".ann@example.com",
        "ann.@example.com",
        "ann@example.com\r\nBcc: x@y.se",
        "Ann <ann@example.com>",
        "ann@example.com, bert@example.com",
        "ånn@example.com",
        "ann@exämple.com",
        "a" * 65 + "@example.com",
        "ann@" + "a" * 250 + ".com",
        None,
    ],
    "at": [
        "",
        "2026-01-05",
        "2026-01-05T09:00:00",
        "2026-01-05 09:00:00Z",
        "2026-02-30T09:00:00Z",
        "2026-01-05T25:00:00Z",
        "2026-01-05T09:00:00+25:00",
        "1767603600",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        1767603600,
        1767603600.5,
        None,
    ],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_bad_value_is_refused_under_the_name_of_its_field(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({name: value})
    assert [field.pointer for field in problems.invalid_body(refused.value).errors] == [f"/{name}"]


@pytest.mark.parametrize("name", ["quantity", "units", "money", "currency", "country", "email", "at"])
def test_no_message_repeats_what_was_sent(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({name: "canary"})
    assert "canary" not in problems.invalid_body(refused.value).errors[0].detail


GOOD: dict[str, list[Any]] = {
    "id": ["a", "x" * 64, "a b/#?%&+\"'", "å", "注文"],
    "sku": ["x" * 128, "=1+1", "85123A", "A/B"],
    "name": ["O'Brien", "Åsa Öberg", "می\u200cخواهم", "x" * 200],
    "text": ["", "two\nlines\tand a tab"],
    "quantity": [1, 1_000_000],
    "units": [0, 1_000_000],
    "money": ["0", "0.00", "12.5", "999999999999.9999"],
    "locale": ["en", "de-AT", "zh-Hant-TW", "pt_BR"],
    "email": ["a@b.se", "first.last+tag@sub.example.co.uk", "o'brien@xn--exmple-cua.com"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_a_good_value_is_kept_as_it_is(name: str, value: Any) -> None:
    assert getattr(Sample.model_validate({name: value}), name) == value


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-05T09:00:00Z", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05t10:00:00+01:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T09:00:00.123456789z", datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_into_utc_with_microseconds(text: str, at: datetime) -> None:
    assert Sample.model_validate({"at": text}).at == at


def test_an_unknown_field_is_refused_by_name_with_its_pointer_escaped() -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({"a/b~c": 1})
    assert [field.pointer for field in problems.invalid_body(refused.value).errors] == ["/a~1b~0c"]


@pytest.mark.parametrize("name", ["id", "sku", "name", "reason", "text"])
def test_the_described_pattern_of_a_text_says_no_more_than_the_rule_and_for_latin_1_the_same(name: str) -> None:
    pattern = re.compile(Sample.model_json_schema()["properties"][name]["pattern"])
    for char in map(chr, [*range(0xD800), *range(0xE000, 0x11000)]):
        fits = pattern.search(f"a{char}b") is not None
        try:
            Sample.model_validate({name: f"a{char}b"})
        except ValidationError:
            assert not fits or char > "\xff", f"{name} describes U+{ord(char):04X} as allowed"
        else:
            assert fits, f"{name} describes U+{ord(char):04X} as refused"


def test_a_blank_name_is_described_as_refused() -> None:
    pattern = Sample.model_json_schema()["properties"]["name"]["pattern"]
    assert [text for text in (" ", "\u3000 ", "") if re.search(pattern, text)] == []


def test_values_do_not_change_after_reading() -> None:
    with pytest.raises(ValidationError):
        Sample().id = "b"  # type: ignore[misc]
