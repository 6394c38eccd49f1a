"""Answers to people: HTML with the headers that keep a page behind a secret link secret.

A page's address is its key, so nothing may carry it away: no referrer, no cache, nothing from elsewhere, no script.
Programs that ask for JSON get the problem document instead of a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.kernel.errors import NotFound, ServiceError, Unavailable
from shared.notifications.language import Language
from shared.runtime.http import HTML, Answer


def page(name: str, words: Language, facts: Mapping[str, Any], status: int = 200) -> Answer:
    """The page `name` of `shared.pages` as an answer."""
    from shared.pages.render import render, style_source  # only now: Jinja2 is nothing for a cold start of the API

    policy = (
        f"default-src 'none'; style-src {style_source()}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Type": f"{HTML}; charset=utf-8",
        "Content-Security-Policy": policy,
        "Content-Language": words.locale,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Answer(render(name, words, facts), status, headers)


def public_page(name: str, words: Language, facts: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
    """A page for everybody, search engines included; what depends on the reader is the language alone."""
    shown = page(name, words, facts)
    public = {header: value for header, value in shown.headers.items() if header != "X-Robots-Tag"}
    return Answer(shown.body, 200, {**public, "Vary": "Accept-Language", **headers})


def refused(error: ServiceError, headers: Mapping[str, str]) -> Answer:
    """The page for an error that has none of its own. It says what to do, and nothing about what there is."""
    words = visitors_language(headers)
    return page("refused", words, {"reason": _reason(error), "contact": None}, error.status)


def visitors_language(headers: Mapping[str, str]) -> Language:
    """The language of somebody we do not know yet."""
    from shared.pages.render import preferred

    return preferred(headers.get("accept-language", ""))


def wants_json(headers: Mapping[str, str]) -> bool:
    """Whether a client asks for JSON and not for a page."""
    accepts = headers.get("accept", "").lower()
    return "json" in accepts and HTML not in accepts


def _reason(error: ServiceError) -> str:
    if isinstance(error, NotFound):
        return "bad_link"
    if isinstance(error, Unavailable):
        return "busy"
    return "unreadable" if error.status < 500 else "failed"
