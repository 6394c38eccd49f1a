from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.tables import Columns, read_csv, read_ndjson
from shared.kernel.errors import Invalid, Malformed
from shared.runtime.http_requests import parse_json

COLUMNS = Columns(
    names=("name", "n", "tags", "days", "at.x", "at.y"),
    numbers=frozenset({"n", "at.x"}),
    lists=frozenset({"tags"}),
    number_lists=frozenset({"days"}),
)
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1)


@given(st.lists(st.tuples(_TEXT, _TEXT)), st.sampled_from([",", ";"]), st.sampled_from(["\r\n", "\n"]))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[tuple[str, str]], delimiter: str, end: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["name", "at.y"])
    writer.writerows(["'" + cell if cell[0] in "=+-@\t\r" else cell for cell in row] for row in rows)
    table = read_csv(out.getvalue(), COLUMNS)
    assert table.errors == []
    guarded = [tuple(c[1:] if c[0] == "'" and c[1:2] in tuple("=+-@\t\r") else c for c in row) for row in rows]
    assert [(row["name"], row["at"]["y"]) for _, row in table.rows] == guarded


def test_cells_become_what_their_column_says() -> None:
    table = read_csv("n,tags,days,at.x,name\n12,a|b c,0|6,-3,7\n,,,,\n x,|,1|x,1.5,y\n", COLUMNS)
    assert table.rows == [
        (1, {"n": 12, "tags": ["a", "b c"], "days": [0, 6], "at": {"x": -3}, "name": "7"}),
        (2, {}),
        (3, {"n": " x", "tags": ["", ""], "days": [1, "x"], "at": {"x": "1.5"}, "name": "y"}),
    ]


def test_rows_are_numbered_without_the_header_and_without_empty_lines() -> None:
    table = read_csv("name\n\na\n\n\nb\n", COLUMNS)
    assert [number for number, _ in table.rows] == [1, 2]


def test_a_row_of_another_width_is_named_and_the_others_are_read() -> None:
    table = read_csv("name,n\na,1\nb\nc,3,4\nd,4\n", COLUMNS)
    assert [row["name"] for _, row in table.rows] == ["a", "d"]
    assert [error.row for error in table.errors] == [2, 3]


@pytest.mark.parametrize("text", ["", "\n", "colour\n", "name,name\n", "name,\n"])
def test_a_header_that_does_not_name_known_columns_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_csv(text, COLUMNS)


def test_a_quote_that_never_ends_is_not_csv() -> None:
    with pytest.raises(Malformed, match="not CSV"):
        read_csv('name\n"a\n', COLUMNS)


def test_each_line_of_ndjson_stands_for_itself() -> None:
    table = read_ndjson('{"a": 1}\r\n\n[]\n{"a"\n{"a": 2}', parse_json)
    assert table.rows == [(1, {"a": 1}), (4, {"a": 2})]
    assert [(error.row, error.detail.startswith("the body")) for error in table.errors] == [(2, False), (3, True)]
