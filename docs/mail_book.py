"""Every mail in every language, to be read by people who speak it: `python -m docs.mail_book` writes docs/mails/.

The mails are those of the tests, with invented orders; what stands on pages, and words that are counted or put into
dates, is listed side by side. Start at docs/mails/index.html; sentences are corrected in
`shared/notifications/templates/locales/<locale>.toml`.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from shared.notifications.language import language
from tests.unit.notifications.letters import LOCALES, every_mail

FOLDER = Path(__file__).parent / "mails"
INDEX = "index.html"
LIST = "texts.html"
LISTED = (
    "customer_page.",
    "supplier_page.",
    "offers.",
    "subscription.",
    "page.",
    "remedy.",
    "still_waiting.heading",
    "order.more_",
    "shipped.more_parcels.",
    "total.",
    "numbers.",
    "dates.",
)
"""How the keys of texts begin that are listed: those of pages, of long orders, of numbers and of dates."""

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Every mail in every language</title></head>
<body>
<h1>Every mail in every language</h1>
<p>Each as HTML and as plain text, with its subject. Sentences are corrected in
<code>shared/notifications/templates/locales</code>; then run <code>python -m docs.mail_book</code>.
What stands on pages and what is counted is in <a href="texts.html">a list of its own</a>.</p>
<table border="1" cellpadding="6">
<tr><th>mail</th>{heads}</tr>
{rows}
</table>
</body>
</html>
"""


_LIST = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Texts of pages, and words that are counted</title></head>
<body>
<h1>Texts of pages, and words that are counted</h1>
<p>Words in braces are filled in.</p>
<table border="1" cellpadding="6">
<tr><th>text</th>{heads}</tr>
{rows}
</table>
</body>
</html>
"""


def texts() -> dict[str, str]:
    """Every file of the folder, by its path in it."""
    files = {}
    rows: dict[str, list[str]] = {}
    for locale in LOCALES:
        for name, (subject, text, html) in every_mail(locale).items():
            path = f"{locale}/{re.sub('[^a-z_]+', '-', name)}"
            files[f"{path}.html"] = html
            files[f"{path}.txt"] = f"Subject: {subject}\n\n{text}"
            cell = f'<a href="{path}.html">{escape(subject)}</a> (<a href="{path}.txt">text</a>)'
            rows.setdefault(name, []).append(f'<td lang="{locale}">{cell}</td>')
    lines = [f"<tr><td>{escape(name)}</td>{''.join(cells)}</tr>" for name, cells in rows.items()]
    return {INDEX: _PAGE.format(heads=_heads(), rows="\n".join(lines)), LIST: _listed(), **files}


def _heads() -> str:
    return "".join(f"<th>{locale}</th>" for locale in LOCALES)


def _listed() -> str:
    """The texts that no mail shows as they are, a row for each, the languages side by side."""
    rows, keys = [], dict.fromkeys(key for locale in LOCALES for key in language(locale).sentences)
    for key in filter(is_listed, keys):
        said = [(locale, language(locale).sentences.get(key, "")) for locale in LOCALES]
        cells = [f'<td lang="{locale}">{escape(sentence)}</td>' for locale, sentence in said]
        rows.append(f"<tr><td>{key}</td>{''.join(cells)}</tr>")
    return _LIST.format(heads=_heads(), rows="\n".join(rows))


def is_listed(key: str) -> bool:
    """Whether a text is read in the list and not in a mail."""
    return key.startswith(LISTED)


def main(folder: Path = FOLDER) -> None:
    """Write the book; what is no mail any more goes."""
    files = texts()
    for path in sorted(folder.rglob("*.*")):
        if str(path.relative_to(folder)) not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
