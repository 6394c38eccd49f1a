"""A mail's subject, text and HTML from facts. Only mail doors import this module: it brings Jinja2.

Each kind is one letter (`templates/letters/<kind>.jinja`), written once and dressed twice, as HTML and as plain text,
so that both parts say the same. Facts are data: they are cleaned of control and direction characters, escaped, and
never read as a template or a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.notifications.language import language

TEMPLATES = Path(__file__).parent / "templates"
Skin = Literal["html", "txt"]

LONGEST_FACT = 300
LONGEST_LINK = 2048

_LONGEST_SUBJECT = 150
# Control characters, half surrogates, and characters that turn the direction of the text around them.
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]+"
)


def render(kind: str, locale: str, facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """(subject, text, html) of one mail. The facts a kind needs stand at the top of its letter; a missing one fails.

    Strings of more than 300 characters are cut.
    """
    words = language(locale)
    data = {**clean(facts), "t": words, "kind": kind}
    subject = clean(_dressed("txt", kind, data, page="subject"), _LONGEST_SUBJECT)
    data["subject"] = subject
    return subject, _tidy(_dressed("txt", kind, data)), _tidy(_dressed("html", kind, data))


def written_in(locale: str) -> str:
    """The locale a mail to somebody with `locale` is written in."""
    return language(locale).locale


def clean(value: Any, longest: int = LONGEST_FACT) -> Any:
    """Facts as plain data: text on one line, without control or direction characters, of bounded length."""
    if isinstance(value, str):
        line = " ".join(_UNWANTED.sub(" ", value).split())
        return line if len(line) <= longest else line[: longest - 1] + "…"
    if is_dataclass(value) and not isinstance(value, type):
        return clean(asdict(value))
    if isinstance(value, Mapping):
        return {key: clean(part, LONGEST_LINK if key == "link" else longest) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [clean(part) for part in value]
    return value


def _dressed(skin: Skin, kind: str, data: Mapping[str, Any], page: str = "page") -> str:
    letters = environment(skin)
    parts = letters.get_template(f"skins/parts.{skin}").module
    return letters.get_template(f"letters/{kind}.jinja").render(data, page=f"skins/{page}.{skin}", s=parts)


def sandbox(folder: Path, *, escapes: bool = True, keeps_last_newline: bool = False) -> ImmutableSandboxedEnvironment:
    """Where the templates of a folder are rendered, of mails, pages and widgets alike: what a fact says is never run,
    and a fact that is missing fails."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=escapes,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=keeps_last_newline,
    )


@cache
def environment(skin: Skin) -> ImmutableSandboxedEnvironment:
    """Where letters are dressed in a skin; a template is compiled when it is first asked for, and then kept."""
    return sandbox(TEMPLATES, escapes=skin == "html", keeps_last_newline=True)


def _tidy(text: str) -> str:
    """No trailing spaces (but for the signature mark) and no more than one empty line in a row."""
    lines = [line if line == "-- " else line.strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
