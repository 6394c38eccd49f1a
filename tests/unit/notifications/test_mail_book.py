"""The mails that native speakers read are the ones that are sent."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path

import pytest

from docs import mail_book
from shared.notifications.language import language
from shared.notifications.news import STRENGTH
from tests.unit.notifications.letters import LOCALES

MOST_BYTES = 1_150_000


def test_the_book_of_mails_is_current() -> None:
    found = {
        str(path.relative_to(mail_book.FOLDER)): path.read_text(encoding="utf-8")
        for path in mail_book.FOLDER.rglob("*.*")
    }
    assert found == mail_book.texts(), "run `python -m docs.mail_book`"


def test_every_kind_of_mail_is_in_it_in_every_language_and_led_to_by_the_index() -> None:
    files = mail_book.texts()
    index = files[mail_book.INDEX]
    for locale in LOCALES:
        for kind in (*STRENGTH, "back_in_stock", "purchase_order", "purchase_order_changed", "supplier_reminder"):
            for suffix in ("html", "txt"):
                assert f"{locale}/{kind}.{suffix}" in files
                assert f'"{locale}/{kind}.{suffix}"' in index
    assert sum(len(text.encode()) for text in files.values()) < MOST_BYTES


def test_writing_it_again_removes_what_is_no_mail_any_more(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    stale = tmp_path / "en" / "forgotten.txt"
    stale.write_text("?")
    mail_book.main(tmp_path)
    assert not stale.exists()
    assert (tmp_path / "sv" / "shipped.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def said_as_a_whole(sentence: str) -> re.Pattern[str]:
    """A sentence with whatever is filled in, where it is not a part of another one."""
    words = ".+?".join(re.escape(part) for part in re.split(r"\{\w+\}", sentence))
    return re.compile(rf"(?:^|[:;|–] |[.!?] ){words}(?=$|[:;|]| [|]| \w|\.)", re.MULTILINE)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_of_a_language_is_said_in_a_mail_or_stands_in_the_list(locale: str) -> None:
    files, sentences = mail_book.texts(), language(locale).sentences
    mails = [text for name, text in files.items() if name.startswith(f"{locale}/")]
    said = "\n".join(unescape(re.sub("<[^>]+>", "\n", text)).replace("Subject: ", "") for text in mails)
    listed = f'<td lang="{locale}">{{}}</td>'
    for key, sentence in sentences.items():
        if mail_book.is_listed(key):
            assert listed.format(escape(sentence)) in files[mail_book.LIST], key
        else:
            assert said_as_a_whole(sentence).search(said), f"no mail of the book says {key}: {sentence}"
