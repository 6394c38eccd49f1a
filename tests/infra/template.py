"""A synthesized template, asked in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Properties = dict[str, Any]


class Template:
    """The resources of one template; properties are the raw CloudFormation."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document: dict[str, Any] = json.loads(path.read_text())
        self.resources: dict[str, dict[str, Any]] = self.document["Resources"]

    def of(self, kind: str) -> dict[str, Properties]:
        """Properties by logical id of every resource of a type, without its `AWS::`."""
        return {key: r.get("Properties", {}) for key, r in self.resources.items() if r["Type"] == f"AWS::{kind}"}

    def one(self, kind: str) -> Properties:
        """The properties of the only resource of a type."""
        (properties,) = self.of(kind).values()
        return properties

    def functions(self) -> dict[str, Properties]:
        """Functions by name, e.g. `allocate-stock`."""
        prefix = "backorders-"
        return {p["FunctionName"].removeprefix(prefix): p for p in self.of("Lambda::Function").values()}

    def function_of(self, value: object) -> Properties:
        """The function behind the alias that a Ref points to; KeyError if it points to a function itself."""
        return self.of("Lambda::Function")[self.started(value)]

    def started(self, value: object) -> str:
        """Logical id of the function behind the alias that a Ref points to."""
        return target(self.of("Lambda::Alias")[target(value)]["FunctionName"])

    def mappings(self, source: str) -> list[Properties]:
        """Event source mappings on an attribute: `Arn` for queues, `StreamArn` for the table."""
        mappings = self.of("Lambda::EventSourceMapping").values()
        return [m for m in mappings if m["EventSourceArn"]["Fn::GetAtt"][1] == source]

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(logical id of the role, statement) for everything any role may do."""
        for key, role in self.of("IAM::Role").items():
            for policy in role.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield key, statement

    def allowed(self, function: Properties) -> Iterator[tuple[str, Any]]:
        """(action, resource) pairs a function may use."""
        role = target(function["Role"])
        for key, statement in self.statements():
            if key == role:
                for action in listed(statement["Action"]):
                    for resource in listed(statement["Resource"]):
                        yield action, resource


def target(value: Any) -> str:
    """The logical id that a Ref or GetAtt points to."""
    logical_id: str = value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]
    return logical_id


def listed(value: Any) -> list[Any]:
    """IAM writes a single value without its list."""
    return value if isinstance(value, list) else [value]
