"""How long work says how far it has come."""

from __future__ import annotations

import pytest

from infra import progress
from infra.progress import Progress


def test_into_a_file_whole_lines_are_written_and_not_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: at)
    told = Progress()
    for at in (100.0, 109.0, 110.0, 111.0, 121.0):
        told.show(f"at {at:g}")
    told.end()
    assert capsys.readouterr().err == "at 110\nat 121\n"


def test_on_a_terminal_the_line_is_written_anew_and_goes_in_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    at = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: at)
    told = Progress()
    for at in (100.5, 101.0):
        told.show(f"at {at:g}")
    told.end()
    said = capsys.readouterr().err
    assert said.startswith("\rat 101 ")
    assert (said.endswith(" \r"), "\n" in said) == (True, False)
