from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.app import build
from tests.infra.template import Template, listed, target

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
    """What only watches it looks at all its versions together, and who moves the alias does not start it."""
    (moves,) = {target(group["ServiceRoleArn"]) for group in template.of("CodeDeploy::DeploymentGroup").values()}
    functions = set(template.of("Lambda::Function"))
    for key, resource in template.resources.items():
        if resource["Type"] in _MADE_OF | _WATCH or resource.get("Properties", {}).get("Qualifier") == "live":
            continue
        if key == moves:
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


def _shifted(template: Template) -> dict[str, dict[str, Any]]:
    """The deployment group of each function that has one, by the function's name."""
    groups = template.of("CodeDeploy::DeploymentGroup")
    return {
        template.of("Lambda::Function")[target(alias["Properties"]["FunctionName"])]["FunctionName"]: groups[
            target(alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"])
        ]
        for alias in template.resources.values()
        if alias["Type"] == "AWS::Lambda::Alias" and "UpdatePolicy" in alias
    }


def test_what_works_all_the_time_is_replaced_bit_by_bit_and_what_runs_rarely_at_once(template: Template) -> None:
    fed = template.mappings("Arn") + template.mappings("StreamArn")
    busy = {template.function_of(mapping["FunctionName"])["FunctionName"] for mapping in fed}
    shifted = _shifted(template)
    assert set(shifted) == busy | {"backorders-api"}
    for group in shifted.values():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent10Minutes"


def test_a_version_is_taken_back_when_its_function_fails_or_is_slow(template: Template) -> None:
    for name, group in _shifted(template).items():
        assert group["AutoRollbackConfiguration"]["Events"] == ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
        assert group["AlarmConfiguration"]["Enabled"] is True
        watching = [
            template.of("CloudWatch::Alarm")[target(alarm["Name"])] for alarm in group["AlarmConfiguration"]["Alarms"]
        ]
        assert f"{target(_errors(watching[0]))}" == _logical(template, name)
        assert watching[1]["MetricName"] == "Duration"
        assert {target(one["Value"]) for one in watching[1]["Dimensions"]} == {_logical(template, name)}
        rings_after = [alarm["DatapointsToAlarm"] * _period(alarm) for alarm in watching]
        assert max(rings_after) <= 6 * 60, "a canary is over before its alarm rings"
        assert ("AlarmName", "backorders-ApiRequestsFail") in watching[-1].items() or name != "backorders-api"


def test_a_version_that_fails_what_it_is_handed_without_raising_is_taken_back(template: Template) -> None:
    """Workers and readers name the messages that failed: Lambda counts no error."""
    for name, group in _shifted(template).items():
        if name == "backorders-api":
            continue
        alarms = [
            template.of("CloudWatch::Alarm")[target(one["Name"])] for one in group["AlarmConfiguration"]["Alarms"]
        ]
        service = name.removeprefix("backorders-")
        watched = [
            {one["Value"] for one in stat["Metric"]["Dimensions"]}
            for alarm in alarms
            for stat in (entry.get("MetricStat", {"Metric": {}}) for entry in alarm.get("Metrics", []))
            if stat["Metric"].get("MetricName") == "RecordsFailed"
        ]
        assert watched == [{service, "prod"}], name


def test_an_alarm_that_moves_an_alias_back_is_made_before_it(template: Template) -> None:
    """CloudFormation makes no circles: an alias waits for its group, the group for its alarms; mappings wait for it."""
    mappings = set(template.of("Lambda::EventSourceMapping"))
    for group in _shifted(template).values():
        for one in group["AlarmConfiguration"]["Alarms"]:
            assert mappings.isdisjoint(_referred(template.of("CloudWatch::Alarm")[target(one["Name"])]))


def test_codedeploy_may_move_the_aliases_and_look_at_alarms_and_nothing_else(template: Template) -> None:
    (role,) = {target(group["ServiceRoleArn"]) for group in template.of("CodeDeploy::DeploymentGroup").values()}
    allowed = {
        (action, str(resource))
        for key, statement in template.statements()
        if key == role
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    moved = [{"Fn::GetAtt": [_logical(template, name), "Arn"]} for name in _shifted(template)]
    expected = {("cloudwatch:DescribeAlarms", "*")}
    expected |= {(f"lambda:{act}Alias", str(arn)) for act in ("Get", "Update") for arn in moved}
    live = [{"Fn::Join": ["", [arn, ":live"]]} for arn in moved]
    expected |= {("lambda:GetProvisionedConcurrencyConfig", str(arn)) for arn in live}
    assert allowed == expected


def test_the_stack_stays_well_below_what_cloudformation_takes(template: Template) -> None:
    assert len(template.resources) <= 450  # of 500
    assert template.path.stat().st_size <= 900_000  # of a million bytes, as it is uploaded


def test_without_a_canary_a_repair_is_deployed_whatever_rings(tmp_path: Path) -> None:
    bare = Template(build(tmp_path, validation=False, bundle=False, context={"canary": "off"}))
    for group in _shifted(bare).values():
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"
        assert group["AlarmConfiguration"]["Enabled"] is False
        assert group["AutoRollbackConfiguration"]["Events"] == ["DEPLOYMENT_FAILURE"]


def test_a_new_version_is_made_of_what_changed_and_of_nothing_else(tmp_path: Path) -> None:
    """The address of the pages is known to those who write links; the code is the same."""
    versions = []
    for url in ("https://shop.example", "https://shop.example", "https://other.example"):
        outdir = tmp_path / str(len(versions))
        versions.append(Template(build(outdir, validation=False, bundle=False, context={"public_url": url})))
    first, again, other = (set(one.of("Lambda::Version")) for one in versions)
    assert first == again
    writers = {p["FunctionName"] for p in versions[0].functions().values() if "PUBLIC_URL" in str(p["Environment"])}
    changed = versions[2].of("Lambda::Version")
    functions = versions[2].of("Lambda::Function")
    assert (
        {functions[target(changed[key]["FunctionName"])]["FunctionName"] for key in other - first} == writers != set()
    )


def _logical(template: Template, function: str) -> str:
    (key,) = (key for key, one in template.of("Lambda::Function").items() if one["FunctionName"] == function)
    return key


def _errors(alarm: dict[str, Any]) -> Any:
    """The function whose errors an alarm watches."""
    (stat,) = (
        m["MetricStat"]
        for m in alarm["Metrics"]
        if m.get("MetricStat", {}).get("Metric", {}).get("MetricName") == "Errors"
    )
    return stat["Metric"]["Dimensions"][0]["Value"]


def _period(alarm: dict[str, Any]) -> int:
    stats = [m["MetricStat"]["Period"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
    return int(max([alarm.get("Period", 0), *stats]))
