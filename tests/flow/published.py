"""Events on the bus against what is published about them: the JSON Schema of their type, and no field beyond it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import ValidationError

from docs import event_schemas
from shared.contracts.event_data import DATA


@cache
def validator(type_: str) -> Draft202012Validator:
    """Of the file that readers of the events have."""
    path = event_schemas.FOLDER / event_schemas.file_name(type_)
    return Draft202012Validator(
        json.loads(path.read_text(encoding="utf-8")), format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def wrong(details: Iterable[Any]) -> Iterator[str]:
    """What is otherwise than published: `type: where: what`."""
    for detail in details:
        event = json.loads(detail) if isinstance(detail, str) else dict(detail)
        type_ = event["metadata"]["type"]
        for error in validator(type_).iter_errors(event):
            yield f"{type_}: {error.json_path}: {error.message}"
        try:
            DATA[type_].model_validate(event["data"])
        except ValidationError as error:
            yield from (f"{type_}: {one['loc']}: {one['msg']}" for one in error.errors())


def ours(events: Any) -> Iterator[Any]:
    """The details of what lies on the bus of the service; AWS's own events have another bus."""
    return (one.envelope["detail"] for one in events.published if one.bus != "default")
