"""The template is resolved strictly: what is not understood is an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.resource_kinds import HANDLED, IGNORED, KINDS
from infra.local.template import Template, TemplateError


def resolve(value: Any, **document: Any) -> Any:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}
    return Template({"Resources": {"Jobs": queue}, **document}, stack_name="Shop").resolve(value)


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Jobs"}, "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"),
        ({"Fn::GetAtt": ["Jobs", "Arn"]}, "arn:aws:sqs:eu-west-1:111122223333:jobs"),
        ({"Fn::GetAtt": "Jobs.QueueName"}, "jobs"),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::AccountId"}, "c"]]}, "a-111122223333-c"),
        ({"Fn::Select": [1, {"Fn::Split": [":", {"Fn::GetAtt": ["Jobs", "Arn"]}]}]}, "aws"),
        ({"Fn::Sub": "${AWS::Region}/${Jobs.QueueName}/${!kept}"}, "eu-west-1/jobs/${kept}"),
        ({"Fn::Sub": ["${name}-${AWS::Partition}", {"name": {"Fn::GetAtt": ["Jobs", "QueueName"]}}]}, "jobs-aws"),
        ({"deep": [{"Ref": "AWS::Partition"}]}, {"deep": ["aws"]}),
        ({"kept": 1, "dropped": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
    ],
)
def test_intrinsics_are_replaced_by_their_answers(value, answer):
    assert resolve(value) == answer


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ({"Fn::ImportValue": "x"}, "unknown intrinsic function Fn::ImportValue"),
        ({"Fn::GetAZs": ""}, "unknown intrinsic function Fn::GetAZs"),
        ({"Ref": "Nothing"}, "neither a resource nor a parameter"),
        ({"Fn::GetAtt": ["Nothing", "Arn"]}, "is not a resource"),
        ({"Fn::GetAtt": ["Jobs", "Colour"]}, "no known attribute Colour"),
        ("{{resolve:ssm:name}}", "dynamic references"),
    ],
)
def test_what_is_not_understood_is_an_error(value, complaint):
    with pytest.raises(TemplateError, match=complaint):
        resolve(value)


def test_an_unknown_resource_type_is_refused():
    with pytest.raises(TemplateError, match="AWS::EC2::Instance"):
        Template({"Resources": {"Box": {"Type": "AWS::EC2::Instance"}}})


def test_a_transform_is_refused():
    with pytest.raises(TemplateError, match="Transform"):
        Template({"Transform": "AWS::Serverless-2016-10-31", "Resources": {}})


def test_nothing_may_refer_to_a_resource_without_an_identity():
    resources = {"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {}}}
    with pytest.raises(TemplateError, match="has no identity"):
        Template({"Resources": resources}).resolve({"Ref": "Policy"})


def test_conditions_choose_values_and_resources():
    document = {
        "Conditions": {
            "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
            "Elsewhere": {"Fn::Not": [{"Condition": "Here"}]},
            "Either": {"Fn::Or": [{"Condition": "Here"}, {"Condition": "Elsewhere"}]},
            "Both": {"Fn::And": [{"Condition": "Here"}, {"Condition": "Elsewhere"}]},
        },
        "Resources": {
            "Kept": {"Type": "AWS::SQS::Queue", "Condition": "Either"},
            "Dropped": {"Type": "AWS::SQS::Queue", "Condition": "Both"},
        },
    }
    template = Template(document)
    assert [resource.logical_id for resource in template.resources()] == ["Kept"]
    assert template.resolve({"Fn::If": ["Here", "yes", "no"]}) == "yes"
    assert template.resolve({"Fn::If": ["Elsewhere", "yes", "no"]}) == "no"


def test_parameters_have_their_default_or_the_value_given():
    document = {"Parameters": {"Size": {"Type": "String", "Default": "small"}}, "Resources": {}}
    assert Template(document).resolve({"Ref": "Size"}) == "small"
    assert Template(document, parameters={"Size": "large"}).resolve({"Ref": "Size"}) == "large"


def test_a_parameter_that_lives_in_the_account_has_no_value_here():
    parameter = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/some/name"}
    with pytest.raises(TemplateError, match="has no value"):
        Template({"Parameters": {"P": parameter}, "Resources": {}}).resolve({"Ref": "P"})


def test_mappings_are_looked_up():
    mappings = {"Sizes": {"eu-west-1": {"small": 1}}}
    assert resolve({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, Mappings=mappings) == 1


def test_names_left_open_come_from_the_logical_id():
    resources = {
        "Jobs": {"Type": "AWS::SQS::Queue"},
        "Ordered": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
        "A" * 80: {"Type": "AWS::Lambda::Function"},
    }
    jobs, ordered, long = Template({"Resources": resources}, stack_name="Shop").resources()
    assert jobs.name == "Shop-Jobs"
    assert ordered.name == "Shop-Ordered.fifo"
    assert len(long.name) == 64


def test_no_type_is_both_handled_and_ignored_and_only_these_have_identities():
    assert not HANDLED & IGNORED.keys()
    assert KINDS.keys() <= HANDLED | IGNORED.keys()


@pytest.fixture(scope="module")
def stack_template() -> Path:
    from infra.local.synth_cache import template_path

    return template_path()


@pytest.mark.slow
def test_every_type_of_the_stack_is_handled_or_knowingly_ignored(stack_template):
    types = {raw["Type"] for raw in json.loads(stack_template.read_text())["Resources"].values()}
    assert types <= HANDLED | IGNORED.keys()
    assert {"AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::Scheduler::Schedule"} <= types


@pytest.mark.slow
def test_the_stack_boots_and_its_plans_fire(stack_template):
    from datetime import timedelta

    from infra.local.world import World

    with World.boot(stack_template) as world:
        assert world.advance(timedelta(hours=2)).counts["schedules"] > 0
        assert world.http("GET", "/v1/items").status == 401
