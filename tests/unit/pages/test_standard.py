"""The check itself can fail."""

from __future__ import annotations

import pytest

from tests.unit.pages.standard import parse_errors


@pytest.mark.parametrize("body", ["<p>a<div>b</div></p>", "<table><p>a</p></table>", "a &nosuch; b", "<b>a"])
def test_what_a_browser_would_repair_is_an_error(body: str) -> None:
    page = "<!DOCTYPE html><html lang='en'><head><title>t</title></head><body>{}</body></html>"
    assert parse_errors(page.format("<p>a</p>")) == []
    assert parse_errors(page.format(body)) != []
