"""Publishes the JSON Schemas of the events into docs/events/: `python -m docs.event_schemas`.

What is published stays true: a schema that would break whoever reads or replays events of its version is refused, and
nothing is written. Such a change is a new version (`shared.contracts.events.VERSION`), whose schemas get files beside
the old ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.schema_changes import breaks
from shared.contracts.event_data import DATA, Data
from shared.contracts.events import TYPES, VERSION

FOLDER = Path(__file__).parent / "events"
_MAJOR = VERSION.partition(".")[0]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TIME = {"type": "string", "format": "date-time"}
_CAUSE = (
    "what it came of: a change (`id` of its events but for their last hyphen and number), a request, message or run"
)
_INTRODUCTION = f"""# Events

Every event on the bus is `{{"metadata": {{...}}, "data": {{...}}}}` in its `detail`, as the schema of its type says.
Webhooks carry the same `data`, beside `type`, `timestamp` (the event's `time`) and `version`.

Within version {_MAJOR} fields may be added and lists of values marked `x-extensible-enum` may grow, so readers pass
over what they do not know; nothing is taken away, renamed or given another type. An optional field is left out rather
than null. An event may come twice, under the same `id`, and out of order.

| event | what happened |
|---|---|
"""


def schema(type_: str) -> dict[str, Any]:
    """The schema of one type of event, without references, so that every reader can take it apart."""
    data = _open(DATA[type_])
    about = {
        "id": {"type": "string", "description": "the same however often the event is published: drop repeats by it"},
        "type": {"const": type_},
        "version": {"type": "string", "pattern": rf"^{_MAJOR}\.\d+$"},
        "time": _TIME,
        "causation_id": {"type": "string", "description": _CAUSE},
    }
    metadata = {"type": "object", "properties": about, "required": list(about)}
    return {
        "$schema": _DIALECT,
        "$id": file_name(type_),
        "title": type_,
        "description": data.pop("description"),
        "type": "object",
        "properties": {"metadata": metadata, "data": data},
        "required": ["metadata", "data"],
    }


def file_name(type_: str) -> str:
    """`<type>.v<major version>.json`."""
    return f"{type_}.v{_MAJOR}.json"


def texts() -> dict[str, str]:
    """Every file of the folder for this version, by name."""
    schemas = {type_: schema(type_) for type_ in TYPES}
    rows = [f"| [`{type_}`]({file_name(type_)}) | {schemas[type_]['description']} |\n" for type_ in TYPES]
    files = {file_name(type_): json.dumps(one, indent=1) + "\n" for type_, one in schemas.items()}
    return {"README.md": _INTRODUCTION + "".join(rows), **files}


def broken(folder: Path = FOLDER) -> Iterator[str]:
    """What the code would take away from whoever relies on what is published; one sentence each."""
    for type_ in TYPES:
        path = folder / file_name(type_)
        if path.exists():
            published = json.loads(path.read_text(encoding="utf-8"))
            yield from (f"{type_}: {sentence}" for sentence in breaks(published, schema(type_)))
    known = {file_name(type_) for type_ in TYPES}
    for path in sorted(folder.glob(f"*.v{_MAJOR}.json")):
        if path.name not in known:
            yield f"{path.name}: events of this type are not published any more"


def _open(model: type[Data]) -> dict[str, Any]:
    raw = model.model_json_schema(mode="serialization")
    opened: dict[str, Any] = _plain(raw, raw.get("$defs", {}))
    return opened


def _plain(node: Any, shapes: Mapping[str, Any]) -> Any:
    """References replaced by what they lead to, titles left out, unknown fields allowed to whoever writes later."""
    if isinstance(node, list):
        return [_plain(part, shapes) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _plain(shapes[node["$ref"].rpartition("/")[2]], shapes) | {k: v for k, v in node.items() if k != "$ref"}
    left_out = {"$defs", "additionalProperties"} | ({"title"} if isinstance(node.get("title"), str) else set())
    plain = {key: _plain(value, shapes) for key, value in node.items() if key not in left_out}
    if "properties" in plain:
        needed = plain.get("required", ())
        plain["properties"] = {n: p if n in needed else _present(p) for n, p in plain["properties"].items()}
    return plain


def _present(optional: dict[str, Any]) -> dict[str, Any]:
    """An optional field is left out rather than null."""
    kept = {key: value for key, value in optional.items() if key not in {"anyOf", "default"}}
    branches = [branch for branch in optional.get("anyOf", ()) if branch != {"type": "null"}]
    return {**branches[0], **kept} if len(branches) == 1 else optional


def main(folder: Path = FOLDER) -> None:
    """Write what is not current, unless it breaks what is published."""
    if sentences := list(broken(folder)):
        sys.exit("\n".join([*sentences, "publish this as a new version instead: shared.contracts.events.VERSION"]))
    folder.mkdir(exist_ok=True)
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
