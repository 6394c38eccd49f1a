"""What all wire shapes are made of: a strict base model and the types that occur in several of them.

Bodies are validated as parsed JSON in strict mode, so lists are declared as `list[...]`, never as tuples. Messages say
what is wrong in plain words and never repeat the value: it may be personal.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from shared.contracts.currencies import CURRENCIES
from shared.contracts.days import day_or_instant, within_years
from shared.kernel import clock

MAX_UNITS = 1_000_000
MAX_ORDERED = 999_999_999
"""Units of one line of a purchase order, which gathers what many orders want."""


class WrongAt(ValueError):
    """A rule about several fields that is broken, and the way to the one that should be changed."""

    def __init__(self, message: str, *at: str | int) -> None:
        super().__init__(message)
        self.at = at


class Model(BaseModel):
    """A wire shape: unknown fields are refused, values are never converted, instances do not change.

    Validators are built on first use: a cold start pays for the shapes of its request, not for all of them.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


# U+061C, U+200E/F, U+202A..E and U+2066..9 turn text around; in a name they can make it read as another.
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _printable(text: str) -> str:
    _readable(text)
    if not text.isprintable():
        raise ValueError("must consist of printable characters only")
    return text


def _readable(text: str) -> None:
    """U+FFFD stands where bytes were no UTF-8: different texts have become one."""
    if "\ufffd" in text:
        raise ValueError("contains characters that could not be read: send UTF-8")


def _one_line(text: str) -> str:
    _readable(text)
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} or char in _TURNS for char in text):
        raise ValueError("must not contain control characters, line breaks or marks that turn the text around")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


def _text(text: str) -> str:
    _one_line(text.replace("\n", " ").replace("\r", " ").replace("\t", " "))
    return text


def _described(pattern: str) -> Any:
    return Field(json_schema_extra={"pattern": pattern})


# What the rules below come to, for the API's description; printable means more than a pattern can say.
PRINTABLE = r"^[^\u0000-\u001f\u007f-\u00a0\u00ad\u2028\u2029]+$"
_NO_TURNS = r"\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_NO_MARKS = rf"\u0000-\u001f{_NO_TURNS}"
_TEXT = rf"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f{_NO_TURNS}]*$"
_LINE = rf"^[^{_NO_MARKS}]*[^\s{_NO_MARKS}][^{_NO_MARKS}]*$"

Id = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable), _described(PRINTABLE)]
"""An id of the client's own: 1 to 64 printable characters, case-sensitive."""

ASKED_OF_A_SKU = ("availability", "queue", "stock", "subscriptions")
"""What follows a SKU in the paths of the API."""


def _sku(text: str) -> str:
    if text.rpartition("/")[2] in ASKED_OF_A_SKU and "/" in text:
        raise ValueError(f"must not end with /{text.rpartition('/')[2]}: that is what follows a SKU in paths")
    return _printable(text)


Sku = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_sku), _described(PRINTABLE)]
"""1 to 128 printable characters, case-sensitive, not ending like a path that asks something of a SKU."""

Name = Annotated[
    str, Field(min_length=1, max_length=200), AfterValidator(_one_line), AfterValidator(_not_blank), _described(_LINE)
]
"""A name of a person, shop or carrier: one line."""

Reason = Annotated[
    str, Field(min_length=1, max_length=200), AfterValidator(_one_line), AfterValidator(_not_blank), _described(_LINE)
]
"""Why somebody did something, in one line, kept in the audit trail."""

Text = Annotated[str, Field(max_length=2000), AfterValidator(_text), _described(_TEXT)]
"""Free text; line breaks and tabs are allowed, other control characters are not."""

Quantity = Annotated[int, Field(ge=1, le=MAX_UNITS)]
"""Whole units."""

Units = Annotated[int, Field(ge=0, le=MAX_UNITS)]
"""Whole units, none included."""

Days = Annotated[int, Field(ge=0, le=3650)]

_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")


def _money(text: str) -> str:
    if not _MONEY.fullmatch(text):
        raise ValueError("must be an amount such as 12.50: digits, at most 4 after the point, no sign")
    return text


Money = Annotated[str, AfterValidator(_money), _described(r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]
"""An amount that is not negative, as a decimal string. Compared and added as Decimal, never as a float."""


def _pattern(regex: str, message: str) -> Any:
    compiled = re.compile(regex)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(message)
        return text

    return check


def _currency(text: str) -> str:
    if text not in CURRENCIES:
        raise ValueError("must be an ISO 4217 code such as EUR")
    return text


Currency = Annotated[
    str,
    AfterValidator(_currency),
    Field(json_schema_extra={"enum": sorted(CURRENCIES)}),
]
Country = Annotated[
    str,
    AfterValidator(_pattern("[A-Z]{2}", "must be an ISO 3166 code such as SE")),
    Field(json_schema_extra={"pattern": "^[A-Z]{2}$"}),
]
Locale = Annotated[
    str,
    AfterValidator(_pattern("[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}", "must be a language tag such as en or de-AT")),
    Field(json_schema_extra={"pattern": "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$"}),
]

_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


def _email(text: str) -> str:
    local, _, _domain = text.partition("@")
    if len(text) > 254 or not _EMAIL.fullmatch(text) or ".." in text or local.startswith(".") or local.endswith("."):
        raise ValueError("must be a plain ASCII mail address such as ann@example.com (a domain in punycode)")
    return text


Email = Annotated[str, AfterValidator(_email), Field(json_schema_extra={"format": "email", "maxLength": 254})]
"""One address without a display name. Not ASCII is refused because SES could not deliver to it."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


def _read_instant(value: Any) -> datetime:
    message = "must be an RFC 3339 time with an offset such as 2026-01-05T09:00:00Z"
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError(message)
    try:
        return clock.parse_iso(value.upper())
    except (ValueError, OverflowError) as error:
        raise ValueError(message) from error


def _instant(value: Any) -> datetime:
    known = isinstance(value, datetime) and value.tzinfo is not None
    return within_years(value.astimezone(UTC) if known else _read_instant(value))


Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A point in time, aware and in UTC; stored as microseconds (`clock.micros`), finer digits are cut off."""


def _day(text: str) -> str:
    if day_or_instant(text) == text:
        raise ValueError("must be a date such as 2026-01-20")
    return text


Day = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]
"""A calendar day."""


def iso(at: int | None) -> str | None:
    """A stored time (microseconds) as it goes out."""
    return None if at is None else clock.iso(clock.from_micros(at))


def unique(values: list[int] | list[str]) -> list[int] | list[str]:
    """The values, or a ValueError if two are the same."""
    if len(set(values)) != len(values):
        raise ValueError("must not name anything twice")
    return values
