"""A widget's HTML from facts, through Jinja2. CloudWatch strips scripts from it; there are none.

Facts are data: cleaned of control and direction characters, cut at 300 characters, escaped, never read as a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.notifications.render import clean, sandbox

TEMPLATES = Path(__file__).parent / "templates"


def render(widget: str, facts: Mapping[str, Any]) -> str:
    """The HTML of `templates/<widget>.html`. A fact that is missing fails."""
    return _environment().get_template(f"{widget}.html").render(clean(facts)).strip() + "\n"


def describe() -> str:
    """What CloudWatch shows when a widget is edited: Markdown about all of them."""
    return (TEMPLATES / "describe.md").read_text(encoding="utf-8")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    return sandbox(TEMPLATES)
