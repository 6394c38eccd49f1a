"""What every page has in common."""

from __future__ import annotations

import re

import pytest

from shared.kernel.errors import Malformed, NotFound, ServiceError, Unavailable
from shared.notifications.language import language
from shared.pages.render import preferred, render, style
from shared.runtime import pages
from shared.runtime.http_door import _response
from tests.unit.notifications.letters import LOCALES
from tests.unit.pages.markup import assert_page

ERRORS = [NotFound("x"), Malformed("x"), Unavailable("x"), ServiceError("x")]
HOSTILE = "</style><script>alert(1)</script>\u202e{{ 7*7 }}\"'"


def test_every_refusal_has_its_words_in_every_language() -> None:
    for locale in LOCALES:
        seen = set()
        for error in ERRORS:
            answer = _response(pages.refused(error, {"accept-language": locale}))
            page = assert_page(answer["body"], answer["headers"], locale)
            assert answer["statusCode"] == error.status
            seen.add(page.text)
        assert len(seen) == len(ERRORS)


def test_what_is_shown_is_never_markup_and_never_a_template() -> None:
    contact = {"shop_name": HOSTILE, "address": HOSTILE, "phone": HOSTILE, "email": HOSTILE}
    html = render("refused", language("en"), {"reason": "busy", "contact": contact})
    assert "<script" not in html
    assert "\u202e" not in html
    assert "{{ 7*7 }}" in html
    assert "mailto:&lt;/style&gt;" in html


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pl, sv;q=0.5, fr;q=0.7", "fr"),
        ("pl", "en"),
        ("*", "en"),
        ("nl;q=0, es;q=0.1", "es"),
        ("en-US", "en-US"),
        ("de;q=1.5, x;q=, ;;;,,,", "en"),
        ("a" * 10_000, "en"),
    ],
)
def test_a_visitor_is_answered_in_the_best_language_his_browser_names(header: str, locale: str) -> None:
    assert preferred(header).locale == locale


@pytest.mark.parametrize(
    ("accept", "json_"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("application/json", True),
        ("application/problem+json", True),
        ("text/html, application/json", False),
    ],
)
def test_only_who_asks_for_json_and_no_page_gets_it(accept: str, json_: bool) -> None:
    assert pages.wants_json({"accept": accept}) is json_


def test_text_has_contrast_enough_in_light_and_dark() -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text; 1.4.11: 3 to 1 for edges and focus."""
    for block in re.findall(r":root \{([^}]*)\}", style()):
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block))
        for ground in ("ground", "sheet"):
            for name in ("text", "soft", "bad", "good"):
                assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
            for name in ("edge", "focus"):
                assert contrast(colours[name], colours[ground]) >= 3, (name, ground)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
