"""Versions and aliases of functions: under which names a function may be started, and as which version it then runs.

There is one version of each function here, the checkout; an alias that leads to it is all that a template can say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from infra.local.function import LATEST, Function
from infra.local.template import Template, TemplateError

_PROPERTIES = frozenset({"Description", "FunctionName", "FunctionVersion", "Name"})
_NAME = 6  # the part of the ARN that is the function's name


def aliases(template: Template, functions: Iterable[Function]) -> Iterator[Function]:
    """The functions once more, under the ARN of each of their aliases. Raises TemplateError for an alias of nothing."""
    by_name = {function.name: function for function in functions}
    versions = {
        (version.name, template.resolve({"Fn::GetAtt": [version.logical_id, "Version"]}))
        for version in template.of_type("AWS::Lambda::Version")
    }
    for alias in template.of_type("AWS::Lambda::Alias"):
        properties = alias.properties
        unknown = properties.keys() - _PROPERTIES
        if unknown:
            raise TemplateError(f"{alias.logical_id}: properties the runner does not know: {sorted(unknown)}")
        name, version = properties["FunctionName"], properties["FunctionVersion"]
        if (name, version) not in versions:
            raise TemplateError(f"{alias.logical_id}: version {version} of {name} is not in the template")
        arn = str(template.resolve({"Ref": alias.logical_id}))
        yield replace(by_name[name], arn=arn, version=version)


def qualified(arn: str) -> str:
    """Name and qualifier of a function (`front:live`) by its name or ARN; the newest code has no qualifier."""
    parts = arn.removesuffix(f":{LATEST}").split(":")
    return ":".join(parts[_NAME:] or parts)
