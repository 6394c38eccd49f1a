"""What is published about events is what the code says, and never breaks whoever relies on it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from docs import event_schemas
from docs.schema_changes import breaks
from shared.contracts.event_data import DATA
from shared.contracts.event_shapes import MAY_GROW
from shared.contracts.events import TYPES

Schema = dict[str, Any]


@pytest.fixture
def published() -> Schema:
    """A schema with everything that can change."""
    line = {"type": "object", "properties": {"sku": {"type": "string"}, "units": {"type": "integer", "minimum": 0}}}
    fields = {
        "id": {"type": "string", "description": "words"},
        "lines": {"type": "array", "items": {**line, "required": ["sku"]}},
        "by": {"anyOf": [{"type": "string", "pattern": "Z$"}, {"type": "null"}]},
        "basis": {"type": "string", MAY_GROW: ["stock", "none"]},
    }
    data = {"type": "object", "properties": fields, "required": ["id", "lines", "by"]}
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}


def data_of(schema: Schema) -> Any:
    return schema["properties"]["data"]


def line_of(schema: Schema) -> Any:
    return data_of(schema)["properties"]["lines"]["items"]


def test_the_published_schemas_are_those_of_the_code() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in event_schemas.FOLDER.iterdir()}
    for name, text in event_schemas.texts().items():
        assert files.get(name) == text, f"run `python -m docs.event_schemas` ({name})"


def test_no_schema_breaks_what_was_published_before() -> None:
    assert list(event_schemas.broken()) == []


def test_every_type_of_event_has_a_schema_and_the_reverse() -> None:
    assert tuple(DATA) == TYPES
    for type_ in TYPES:
        Draft202012Validator.check_schema(event_schemas.schema(type_))


def test_a_schema_has_no_references_and_describes_every_event_in_words() -> None:
    for type_ in TYPES:
        text = json.dumps(event_schemas.schema(type_))
        assert "$ref" not in text
        assert event_schemas.schema(type_)["description"]


@pytest.mark.parametrize(
    "add",
    [
        lambda new: data_of(new)["properties"].update(note={"type": "string"}),
        lambda new: line_of(new)["properties"].update(place={"type": "integer"}),
        lambda new: data_of(new)["properties"]["basis"][MAY_GROW].append("made_to_order"),
        lambda new: data_of(new)["properties"]["id"].update(description="better words"),
    ],
)
def test_what_is_only_added_breaks_nobody(published: Schema, add: Callable[[Schema], Any]) -> None:
    new = copy.deepcopy(published)
    add(new)
    assert list(breaks(published, new)) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda new: line_of(new)["properties"].pop("units"), "data.lines[].units was removed"),
        (
            lambda new: line_of(new)["required"].append("units"),
            "data.lines[].units was optional and is required now, which archived events do not keep",
        ),
        (
            lambda new: data_of(new)["required"].remove("by"),
            "data.by was required and may be left out now, which its readers do not expect",
        ),
        (
            lambda new: data_of(new)["properties"].update(by={"type": "string", "pattern": "Z$"}),
            "data.by can no longer be null, which archived events may have",
        ),
        (
            lambda new: data_of(new)["properties"]["id"].update(type=["string", "null"]),
            "data.id can now be null, which its readers do not expect",
        ),
        (
            lambda new: line_of(new)["properties"]["units"].update(minimum=1),
            "data.lines[].units has another minimum: 0 became 1",
        ),
        (lambda new: data_of(new)["properties"]["basis"][MAY_GROW].remove("none"), "data.basis can no longer be none"),
        (
            lambda new: (
                data_of(new)["properties"].update(why={"type": "string"}),
                data_of(new)["required"].append("why"),
            ),
            "data.why is new and required, which archived events do not keep",
        ),
    ],
)
def test_what_breaks_somebody_is_said_with_the_field(
    published: Schema, change: Callable[[Schema], Any], sentence: str
) -> None:
    new = copy.deepcopy(published)
    change(new)
    assert list(breaks(published, new)) == [sentence]


def test_the_command_publishes_nothing_that_breaks_somebody(tmp_path: Path) -> None:
    older = event_schemas.schema("line.allocated")
    older["properties"]["data"]["properties"]["place"] = {"type": "integer"}
    path = tmp_path / event_schemas.file_name("line.allocated")
    path.write_text(json.dumps(older))
    gone = tmp_path / "line.forgotten.v1.json"
    gone.write_text("{}")
    assert list(event_schemas.broken(tmp_path)) == [
        "line.allocated: data.place was removed",
        "line.forgotten.v1.json: events of this type are not published any more",
    ]
    with pytest.raises(SystemExit, match=r"data\.place was removed"):
        event_schemas.main(tmp_path)
    assert json.loads(path.read_text()) == older
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, gone.name]
