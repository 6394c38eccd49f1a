"""README.md's tables follow from the code. If one of these fails: `python -m docs.generate`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import generate

_KIND = re.compile(r'"kind": "([a-z_]+)"')


@pytest.fixture(scope="module")
def readme() -> str:
    assert generate.README.is_file(), "there is no README.md"
    return generate.README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", generate.PARTS)
def test_a_generated_part_is_there_and_current(name: str, readme: str) -> None:
    found = generate.part_of(readme, name)
    assert found is not None, f"README.md has no part {name}"
    assert found == generate.PARTS[name]()


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, parts in generate.ELSEWHERE.items() for name in parts]
)
def test_a_generated_part_of_another_page_is_there_and_current(path: Path, name: str) -> None:
    assert generate.part_of(path.read_text(encoding="utf-8"), name) == generate.ELSEWHERE[path][name]()


def test_refreshing_adds_what_is_missing_and_keeps_the_rest() -> None:
    text = "# Title\n\n<!-- generated: metrics -->\nstale words\n<!-- end -->\n\nlast words\n"
    fresh = generate.refresh(text)
    assert fresh.startswith("# Title\n\n<!-- generated: metrics -->\n| metric | unit |")
    assert "stale words" not in fresh
    assert "last words\n\n## Reference\n\n### Functions\n" in fresh
    assert generate.missing(fresh) == []
    assert generate.refresh(fresh) == fresh


def test_every_kind_of_item_is_described_in_the_data_model() -> None:
    root = generate.README.parent
    written = {kind for file in root.glob("shared/aws/*.py") for kind in _KIND.findall(file.read_text("utf-8"))}
    rows = [line for line in (root / "docs/data-model.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    described = {kind for row in rows[1:] for kind in row.split("|")[1].strip().split(", ")}
    assert len(written) > 30
    assert written - described == set()
    assert described - written == set()


def test_every_key_of_the_table_is_listed() -> None:
    table = generate.PARTS["access-patterns"]()
    for shape in ("`B#<key>` / `HEAD`", "`Q#0#<sku>` / `<rank>#<backorder_id>#<position>`", "`I#<sku>` / `STOCK`"):
        assert shape in table
    assert "0x" not in table
    assert "| |" not in table, "a function of keys.py without a docstring"
