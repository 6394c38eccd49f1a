"""What a page must keep whoever writes it: no script, nothing from elsewhere, and markup that everybody can use."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.unit.pages.standard import parse_errors

_VOID = {"meta", "br", "input", "hr", "img", "link"}
_OUTSIDE = re.compile(r"(https?:)?//")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: tuple[str, ...] = ()


@dataclass
class Page(HTMLParser):
    """A page, parsed strictly: what is opened is closed, in order."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()
        assert not self._open, f"not closed: {[one.tag for one in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute of {tag} occurs twice"
        element = Element(tag, {name: value or "" for name, value in attrs}, "", tuple(one.tag for one in self._open))
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [one for one in self.elements if one.tag in tags]

    def one(self, tag: str) -> Element:
        (found,) = self.all(tag)
        return found

    @property
    def text(self) -> str:
        return " ".join(self.one("main").text.split())

    def forms(self) -> list[dict[str, str]]:
        """What each form would send as it is: its inputs that hold a value."""
        found: list[dict[str, str]] = []
        for one in self.elements:
            if one.tag == "form":
                found.append({})
            elif one.tag == "input" and "form" in one.inside and "value" in one.attributes:
                found[-1][one.attributes["name"]] = one.attributes["value"]
        return found

    def fields(self) -> dict[str, str]:
        """What the form would send if nothing were touched, without its buttons."""
        sent = {}
        for one in self.all("input"):
            kind = one.attributes.get("type", "text")
            if kind not in {"radio", "checkbox"} or "checked" in one.attributes:
                sent[one.attributes["name"]] = one.attributes.get("value", "")
        name = None
        for one in self.all("select", "option"):
            if one.tag == "select":
                name = one.attributes["name"]
                sent[name] = ""
            elif name and "selected" in one.attributes:
                sent[name] = one.attributes["value"]
        return sent


def assert_page(html: str, headers: dict[str, str], locale: str) -> Page:
    """Every promise that a page makes; the page, for what a test wants to know beyond it."""
    page = Page(html)
    assert parse_errors(html) == []
    _assert_closed(page, headers)
    assert html.startswith("<!DOCTYPE html>")
    assert page.one("html").attributes["lang"] == headers["Content-Language"] == locale
    assert page.one("h1").text.strip() == page.one("title").text.strip() != ""
    assert "width=device-width" in html
    assert "user-scalable" not in html
    _assert_usable(page)
    return page


def _assert_closed(page: Page, headers: dict[str, str]) -> None:
    policy = headers["Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(page.one("style").text.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.all("script", "link", "img", "iframe", "object", "embed", "base") == []
    for one in page.elements:
        assert not [name for name in one.attributes if name.startswith("on") or name == "style"], one
        for name in ("src", "href", "action"):
            assert not _OUTSIDE.match(one.attributes.get(name, "")), one
    assert not re.search(r"url\(|@import", page.one("style").text)


def _assert_usable(page: Page) -> None:
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    labelled = {one.attributes["for"] for one in page.all("label") if "for" in one.attributes}
    for one in page.all("input", "select", "textarea"):
        hidden = one.attributes.get("type") == "hidden"
        assert hidden or "label" in one.inside or one.attributes.get("id") in labelled, f"no label: {one}"
        for described in one.attributes.get("aria-describedby", "").split():
            assert described in ids
    for one in page.all("a"):
        target = one.attributes["href"]
        assert one.text.strip()
        assert not target.startswith("#") or target[1:] in ids
    for one in page.all("button"):
        assert one.text.strip()
    assert len(page.all("legend")) == len(page.all("fieldset"))
