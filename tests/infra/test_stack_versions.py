from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.template import Template, target

pytestmark = pytest.mark.slow

_MADE_OF = {"AWS::Lambda::Version", "AWS::Lambda::Alias"}
_WATCH = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"}


def test_every_function_has_a_version_and_an_alias_that_leads_to_it(template: Template) -> None:
    functions = template.of("Lambda::Function")
    versions = {key: target(version["FunctionName"]) for key, version in template.of("Lambda::Version").items()}
    aliases = list(template.of("Lambda::Alias").values())
    assert sorted(versions.values()) == sorted(functions)
    assert sorted(target(alias["FunctionName"]) for alias in aliases) == sorted(functions)
    for alias in aliases:
        assert alias["Name"] == "live"
        assert versions[target(alias["FunctionVersion"])] == target(alias["FunctionName"])


def test_nothing_starts_a_function_but_through_its_alias(template: Template) -> None:
    """What only watches it looks at all its versions together."""
    functions = set(template.of("Lambda::Function"))
    for key, resource in template.resources.items():
        if resource["Type"] in _MADE_OF | _WATCH or resource.get("Properties", {}).get("Qualifier") == "live":
            continue
        assert functions.isdisjoint(_referred(resource)), key
    widgets = [one for one in template.of("Lambda::Alias").items() if one[0].startswith("ShowWidgets")]
    ((alias, _),) = widgets
    boards = str([board["DashboardBody"] for board in template.of("CloudWatch::Dashboard").values()])
    assert f"{{'Ref': '{alias}'}}" in boards


def _referred(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "Ref" in value or "Fn::GetAtt" in value:
            yield target(value)
        for inner in value.values():
            yield from _referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _referred(inner)
