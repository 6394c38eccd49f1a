"""A CloudFormation template with its intrinsic functions resolved for a given account, strictly.

What is not understood (type, intrinsic, attribute, parameter without value) is an error, never a guess.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.local.resource_kinds import HANDLED, IGNORED, KINDS, Kind
from infra.local.synth_cache import read_document

ACCOUNT = "111122223333"
REGION = "eu-west-1"

_ABSENT = object()  # AWS::NoValue
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class TemplateError(Exception):
    """The template uses something that the runner does not know, or refers to something that is not there."""


@dataclass(frozen=True)
class Resource:
    """A resource with resolved properties; `name` is its physical name."""

    logical_id: str
    type: str
    name: str
    properties: dict[str, Any]


class Template:
    """Resources and outputs by logical id. Names that the template leaves open come from the logical id."""

    def __init__(
        self,
        document: Mapping[str, Any],
        *,
        stack_name: str = "Backorders",
        account: str = ACCOUNT,
        region: str = REGION,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self.account = account
        self.region = region
        self._document = document
        self._parameters = dict(parameters or {})
        self._pseudo = {
            "AWS::AccountId": account,
            "AWS::Region": region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": stack_name,
            "AWS::StackId": f"arn:aws:cloudformation:{region}:{account}:stack/{stack_name}/local",
            "AWS::NoValue": _ABSENT,
        }
        self._bound: dict[tuple[str, str], str] = {}
        self._resolved: dict[str, Resource] = {}
        self._raw = self._active_resources()

    @classmethod
    def load(cls, path: Path) -> Template:
        """The template in `path`; its stack is named after the file, as the CDK does."""
        return cls(read_document(path, path.stat().st_mtime_ns), stack_name=path.name.removesuffix(".template.json"))

    def resources(self) -> list[Resource]:
        """Every resource, in the template's order, resolved now."""
        return [self.resource(logical_id) for logical_id in self._raw]

    def of_type(self, resource_type: str) -> list[Resource]:
        """The resources of one type, in the template's order, resolved now."""
        if resource_type not in HANDLED:
            raise TemplateError(f"{resource_type} is not a type the runner handles")
        return [self.resource(i) for i, raw in self._raw.items() if raw["Type"] == resource_type]

    def resource(self, logical_id: str) -> Resource:
        """One resource, resolved now; it is the same until something is bound, so it must not be changed."""
        if logical_id not in self._resolved:
            raw = self._raw[logical_id]
            properties = self.resolve(raw.get("Properties", {}))
            self._resolved[logical_id] = Resource(logical_id, raw["Type"], self._name(logical_id), properties)
        return self._resolved[logical_id]

    def bind(self, logical_id: str, attribute: str, value: str) -> None:
        """Give an attribute that only the created resource knows, such as a table's stream ARN."""
        self._bound[(logical_id, attribute)] = value
        self._resolved.clear()

    def types(self) -> set[str]:
        """The resource types in the template."""
        return {raw["Type"] for raw in self._raw.values()}

    def resolve(self, value: Any) -> Any:
        """`value` with every intrinsic function replaced by its answer."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _ABSENT]
        if not isinstance(value, dict):
            if isinstance(value, str) and "{{resolve:" in value:
                raise TemplateError(f"dynamic references are not resolved here: {value}")
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref" or key.startswith("Fn::"):
                return self._intrinsic(key, argument)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _ABSENT}

    # -- resources ----------------------------------------------------------------------------------------------

    def _active_resources(self) -> dict[str, Any]:
        unknown = {raw["Type"] for raw in self._document["Resources"].values()} - HANDLED - IGNORED.keys()
        if unknown:
            raise TemplateError(f"resource types the runner does not know: {', '.join(sorted(unknown))}")
        for section in ("Transform", "Hooks"):
            if section in self._document:
                raise TemplateError(f"{section} is not resolved here")
        resources = self._document["Resources"]
        return {i: raw for i, raw in resources.items() if self._holds(raw.get("Condition"))}

    def _holds(self, condition: str | None) -> bool:
        if condition is None:
            return True
        try:
            return bool(self._condition(self._document["Conditions"][condition]))
        except KeyError:
            raise TemplateError(f"there is no condition {condition}") from None

    def _condition(self, expression: Any) -> bool:
        ((key, argument),) = expression.items()
        if key == "Condition":
            return self._holds(argument)
        if key == "Fn::Equals":
            left, right = self.resolve(argument)
            return bool(left == right)
        if key == "Fn::Not":
            return not self._condition(argument[0])
        if key in ("Fn::And", "Fn::Or"):
            return (all if key == "Fn::And" else any)(map(self._condition, argument))
        raise TemplateError(f"unknown condition function {key}")

    def _kind(self, logical_id: str) -> Kind:
        kind = KINDS.get(self._raw[logical_id]["Type"])
        if kind is None:
            raise TemplateError(f"nothing may refer to {logical_id}: {self._raw[logical_id]['Type']} has no identity")
        return kind

    def _name(self, logical_id: str) -> str:
        raw = self._raw[logical_id]
        properties = raw.get("Properties", {})
        kind = KINDS.get(raw["Type"], Kind())
        if kind.name_property in properties:
            return str(self.resolve(properties[kind.name_property]))
        stack = self._pseudo["AWS::StackName"]
        name = f"{stack}-{logical_id}"[-64:].lstrip("-")
        return name[-59:] + ".fifo" if properties.get("FifoQueue") else name

    def _qualifier(self, logical_id: str) -> str:
        name = self._kind(logical_id).qualifier_property
        return str(self.resolve(self._raw[logical_id]["Properties"][name])) if name else ""

    def _identity(self, logical_id: str, pattern: str) -> str:
        return pattern.format(
            partition="aws",
            region=self.region,
            account=self.account,
            name=self._name(logical_id),
            qualifier=self._qualifier(logical_id),
            id=hashlib.sha256(logical_id.encode()).hexdigest()[:10],
        )

    # -- intrinsic functions ------------------------------------------------------------------------------------

    def _intrinsic(self, key: str, argument: Any) -> Any:
        if key not in self._functions:
            raise TemplateError(f"unknown intrinsic function {key}")
        return self._functions[key](argument)

    @cached_property
    def _functions(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": lambda a: self.resolve(a[1])[int(self.resolve(a[0]))],
            "Fn::Split": lambda a: self.resolve(a[1]).split(a[0]),
            "Fn::If": lambda a: self.resolve(a[1] if self._holds(a[0]) else a[2]),
            "Fn::FindInMap": self._find_in_map,
        }

    def _ref(self, target: str) -> Any:
        if target in self._pseudo:
            return self._pseudo[target]
        if target in self._raw:
            return self._identity(target, self._kind(target).ref)
        parameter = self._document.get("Parameters", {}).get(target)
        if parameter is None:
            raise TemplateError(f"Ref to {target}, which is neither a resource nor a parameter")
        if target in self._parameters:
            return self._parameters[target]
        if "Default" not in parameter or parameter["Type"].startswith("AWS::SSM::"):
            raise TemplateError(f"parameter {target} has no value")
        return parameter["Default"]

    def _get_att(self, argument: str | list[str]) -> str:
        logical_id, _, attribute = (
            argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
        )
        if logical_id not in self._raw:
            raise TemplateError(f"Fn::GetAtt of {logical_id}, which is not a resource")
        if (logical_id, attribute) in self._bound:
            return self._bound[(logical_id, attribute)]
        attributes = self._kind(logical_id).attributes
        if attribute not in attributes:
            raise TemplateError(f"{self._raw[logical_id]['Type']} {logical_id} has no known attribute {attribute}")
        return self._identity(logical_id, attributes[attribute])

    def _join(self, argument: list[Any]) -> str:
        separator, parts = argument
        return str(separator.join(str(part) for part in self.resolve(parts)))

    def _sub(self, argument: str | list[Any]) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in variables:
                return str(self.resolve(variables[name]))
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _PLACEHOLDER.sub(value, text)

    def _find_in_map(self, argument: list[Any]) -> Any:
        mapping, first, second = self.resolve(argument)
        try:
            return self._document["Mappings"][mapping][first][second]
        except KeyError:
            raise TemplateError(f"no value in mapping {mapping} at {first}, {second}") from None
