"""What a deployment of a new release does to each part of the stack, read from the template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.local.synth_cache import template_path

_CANARY = re.compile(r"LambdaCanary(\d+)Percent(\d+)Minutes$")

Resources = Mapping[str, Mapping[str, Any]]


def upgrade() -> str:
    """One row for what is shifted, what is replaced at once and what is kept."""
    resources: Resources = json.loads(template_path().read_text())["Resources"]
    shifted = dict(_shifted(resources))
    functions = {_name(resources, key): key for key, one in resources.items() if one["Type"] == "AWS::Lambda::Function"}
    at_once = [f"`{name}`" for name in sorted(functions.keys() - shifted.keys())]
    kept = [f"`{key}`" for key, one in sorted(resources.items()) if _is_kept(one)]
    (how,) = {how for how, _ in shifted.values()}
    back = sorted({alarm for _, alarms in shifted.values() for alarm in alarms})
    rows = [
        (", ".join(f"`{name}`" for name in sorted(shifted)), how, ", ".join(back)),
        (", ".join(at_once), "at once: they run too rarely for a part to tell anything", "the release before"),
        (", ".join(kept), "never; kept even if the stack is deleted", ""),
    ]
    head = ["| what | how it is replaced | taken back by |", "|---|---|---|"]
    return "\n".join([*head, *(f"| {what} | {how} | {back} |" for what, how, back in rows)])


def _shifted(resources: Resources) -> Iterator[tuple[str, tuple[str, list[str]]]]:
    """By function how its new version takes over, and the alarms that take it back."""
    for one in resources.values():
        if one["Type"] != "AWS::Lambda::Alias" or "UpdatePolicy" not in one:
            continue
        name = one["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]["Ref"]
        group = resources[name]["Properties"]
        found = _CANARY.search(group["DeploymentConfigName"])
        if found is None:
            raise ValueError(f"{name}: {group['DeploymentConfigName']} is no canary")
        how = f"{found[1]} % of requests and batches for {found[2]} minutes, then all"
        yield _name(resources, one["Properties"]["FunctionName"]["Ref"]), (how, list(_alarms(resources, group)))


def _alarms(resources: Resources, group: Mapping[str, Any]) -> Iterator[str]:
    for alarm in group["AlarmConfiguration"]["Alarms"]:
        name = resources[alarm["Name"]["Ref"]]["Properties"]["AlarmName"].removeprefix("backorders-")
        own = next((end for end in ("Errors", "Slow") if name.endswith(end)), None)
        yield f"its own alarm `…{own}`" if own else f"`{name}`"


def _name(resources: Resources, function: str) -> str:
    return str(resources[function]["Properties"]["FunctionName"]).removeprefix("backorders-")


def _is_kept(resource: Mapping[str, Any]) -> bool:
    return resource.get("DeletionPolicy") == "Retain"
