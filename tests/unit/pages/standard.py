"""Markup by the letter of the HTML standard: what a browser would have to repair."""

from __future__ import annotations

import html5lib


def parse_errors(html: str) -> list[str]:
    """Each parse error with its line and column; the names are those of html5lib."""
    parser = html5lib.HTMLParser()
    parser.parse(html)
    return [f"{code} at {line}:{column}" for (line, column), code, _ in parser.errors]
