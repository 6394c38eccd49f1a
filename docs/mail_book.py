"""Every mail in every language, to be read by people who speak it: `python -m docs.mail_book` writes docs/mails/.

The mails are those of the tests, with invented orders. Start at docs/mails/index.html; sentences are corrected in
`shared/notifications/templates/locales/<locale>.toml`.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from tests.unit.notifications.letters import LOCALES, every_mail

FOLDER = Path(__file__).parent / "mails"
INDEX = "index.html"
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Every mail in every language</title></head>
<body>
<h1>Every mail in every language</h1>
<p>Each as HTML and as plain text, with its subject. Sentences are corrected in
<code>shared/notifications/templates/locales</code>; then run <code>python -m docs.mail_book</code>.</p>
<table border="1" cellpadding="6">
<tr><th>mail</th>{heads}</tr>
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
    heads = "".join(f"<th>{locale}</th>" for locale in LOCALES)
    return {INDEX: _PAGE.format(heads=heads, rows="\n".join(lines)), **files}


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
