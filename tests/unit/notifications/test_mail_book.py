"""The mails that native speakers read are the ones that are sent."""

from __future__ import annotations

from pathlib import Path

from docs import mail_book
from shared.notifications.news import STRENGTH
from tests.unit.notifications.letters import LOCALES

MOST_BYTES = 620_000


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
