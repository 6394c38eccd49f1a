"""A page's HTML from facts. Only answers to people load this module: it brings Jinja2.

Pages extend `templates/page.html`, which promises accessible markup (WCAG 2.2 AA): one heading, named landmarks,
visible focus, targets of 44 px, enough contrast in light and dark, no horizontal scrolling at 320 px, nothing that
needs a script.
Facts are data: cleaned of control and direction characters, escaped, never read as a template.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.notifications.language import Language, language
from shared.notifications.render import clean, sandbox

TEMPLATES = Path(__file__).parent / "templates"


def render(page: str, words: Language, facts: Mapping[str, Any]) -> str:
    """The HTML of one page (`templates/<page>.html`). A fact that is missing fails."""
    return _environment().get_template(f"{page}.html").render(clean(facts), t=words, style=style())


@cache
def style() -> str:
    """The one style sheet, which stands in every page."""
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


@cache
def style_source() -> str:
    """The style sheet's name in a Content-Security-Policy (CSP 3, hash source)."""
    digest = hashlib.sha256(style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def preferred(accept_language: str) -> Language:
    """The best language for an `Accept-Language` header (RFC 9110, 12.5.4); English when it names none of ours."""
    wanted: list[tuple[int, int, str]] = []
    for place, part in enumerate(accept_language.split(",")[:20]):
        tag, _, weight = part.strip().partition(";")
        wanted.append((-_thousandths(weight), place, tag.strip()))
    for weighed, _, tag in sorted(wanted):
        found = language(tag)
        if weighed and found.locale.split("-")[0] == tag.replace("_", "-").split("-")[0].lower():
            return found
    return language("")


def _thousandths(weight: str) -> int:
    """`q=0.8` as 800; no weight is 1000, one that cannot be read is 0."""
    if not weight.strip():
        return 1000
    whole, _, part = weight.strip().removeprefix("q=").partition(".")
    digits = (part + "000")[:3]
    found = int(whole) * 1000 + int(digits) if whole in {"0", "1"} and digits.isdecimal() else 0
    return found if found <= 1000 else 0


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return sandbox(TEMPLATES)
