from __future__ import annotations

import pytest

from infra.permissions import GRANTS
from shared.runtime import environment
from tests.infra.template import Template, listed, target

pytestmark = pytest.mark.slow


def test_there_is_one_function_per_row_of_permissions(template: Template) -> None:
    assert sorted(template.functions()) == sorted(name.replace("_", "-") for name in GRANTS)


def test_a_function_is_called_like_its_folder(template: Template) -> None:
    for name, function in template.functions().items():
        assert function["Handler"] == f"functions.{name.replace('-', '_')}.handler.handler"
        assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == name
        assert function["Description"]


def test_all_functions_run_the_same_code_on_arm64_with_the_newest_python(template: Template) -> None:
    functions = template.functions().values()
    assert {f["Runtime"] for f in functions} == {"python3.14"}
    assert all(f["Architectures"] == ["arm64"] for f in functions)
    assert len({f["Code"]["S3Key"] for f in functions}) == 1


def test_every_function_says_its_timeout_and_memory(template: Template) -> None:
    timeouts = {name: f["Timeout"] for name, f in template.functions().items()}
    assert timeouts.pop("api") == 29
    assert timeouts.pop("allocate-stock") == timeouts.pop("notify-customers") == 120
    assert timeouts.pop("notify-subscribers") == 120
    assert timeouts.pop("deliver-webhooks") == 150
    assert timeouts.pop("plan-purchase-orders") == 300
    assert timeouts.pop("chase-overdue") == timeouts.pop("audit-books") == 300
    assert set(timeouts.values()) == {60}
    assert all(f["MemorySize"] >= 512 for f in template.functions().values())


def test_every_function_logs_json_to_a_group_of_its_own_for_a_month(template: Template) -> None:
    groups = template.of("Logs::LogGroup")
    used = [target(f["LoggingConfig"]["LogGroup"]) for f in template.functions().values()]
    assert len(set(used)) == len(used) == len(template.functions())
    assert all(groups[group]["RetentionInDays"] == 30 for group in used)
    assert all(f["LoggingConfig"]["LogFormat"] == "JSON" for f in template.functions().values())


def test_no_log_group_is_kept_for_ever(template: Template) -> None:
    assert all("RetentionInDays" in group for group in template.of("Logs::LogGroup").values())


def test_every_function_has_a_role_of_its_own_and_no_managed_policy(template: Template) -> None:
    roles = [target(f["Role"]) for f in template.functions().values()]
    assert len(set(roles)) == len(roles)
    assert not template.of("IAM::Policy")
    assert not template.of("IAM::ManagedPolicy")
    assert all("ManagedPolicyArns" not in role for role in template.of("IAM::Role").values())


def test_a_function_writes_only_to_its_own_log_group(template: Template) -> None:
    for function in template.functions().values():
        own = {"Fn::GetAtt": [target(function["LoggingConfig"]["LogGroup"]), "Arn"]}
        logs = [(a, r) for a, r in template.allowed(function) if a.startswith("logs:")]
        assert sorted(logs) == [("logs:CreateLogStream", own), ("logs:PutLogEvents", own)]


def test_no_action_is_a_wildcard(template: Template) -> None:
    actions = [action for _, statement in template.statements() for action in listed(statement["Action"])]
    assert len(actions) > 100
    assert [action for action in actions if "*" in action] == []


def test_only_listing_streams_and_looking_at_alarms_is_allowed_on_any_resource(template: Template) -> None:
    anywhere = {
        action
        for _, statement in template.statements()
        for action in listed(statement["Action"])
        if any("*" in str(resource) for resource in listed(statement["Resource"]))
    }
    assert anywhere == {"dynamodb:ListStreams", "cloudwatch:DescribeAlarms"}


def test_a_function_knows_the_queues_it_may_send_to_and_no_others(template: Template) -> None:
    dead = {key for key, q in template.of("SQS::Queue").items() if "-dead" in q["QueueName"]}
    for name, function in template.functions().items():
        if name == "redrive-dead-letters":
            continue  # SQS sends in its name, see below
        variables = function["Environment"]["Variables"]
        known = {target(value) for key, value in variables.items() if key.endswith("_QUEUE_URL")}
        allowed = {target(r) for action, r in template.allowed(function) if action == "sqs:SendMessage"}
        assert allowed - dead == known, name


@pytest.mark.parametrize(
    ("variable", "action"),
    [
        (environment.TABLE_NAME, "dynamodb:"),
        (environment.EVENT_BUS_NAME, "events:PutEvents"),
        (environment.MAIL_SENDER, "ses:SendEmail"),
        (environment.MAIL_CONFIGURATION_SET, "ses:SendEmail"),
        (environment.SIGNING_SECRET_ARN, "secretsmanager:GetSecretValue"),
        (environment.PUBLIC_URL, "secretsmanager:GetSecretValue"),
    ],
)
def test_a_right_and_its_variable_come_together(template: Template, variable: str, action: str) -> None:
    holders = {n for n, f in template.functions().items() if variable in f["Environment"]["Variables"]}
    allowed = {
        n for n, f in template.functions().items() if any(one.startswith(action) for one in dict(template.allowed(f)))
    }
    assert holders == allowed != set()


def test_no_function_gets_a_variable_that_the_code_does_not_know(template: Template) -> None:
    known = {value for name, value in vars(environment).items() if name.isupper() and isinstance(value, str)}
    for function in template.functions().values():
        own = {v for v in function["Environment"]["Variables"] if not v.startswith("POWERTOOLS_")}
        assert environment.STAGE in own <= known


def test_the_widgets_may_read_and_nothing_else(template: Template) -> None:
    allowed = {action for action, _ in template.allowed(template.functions()["show-widgets"])}
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert allowed - logs == {
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "sqs:GetQueueAttributes",
    }


def test_the_widgets_count_every_dead_letter_queue_and_offer_to_empty_those_of_work_queues(template: Template) -> None:
    queues = {key: q["QueueName"] for key, q in template.of("SQS::Queue").items()}
    dead = {key for key, name in queues.items() if "-dead" in name}
    of_work = {
        target(q["RedrivePolicy"]["deadLetterTargetArn"])
        for q in template.of("SQS::Queue").values()
        if "RedrivePolicy" in q
    }
    functions = template.functions()
    counted = {target(r) for a, r in template.allowed(functions["show-widgets"]) if a == "sqs:GetQueueAttributes"}
    redriven = {a: set() for a in ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")}
    sent = set()
    for action, resource in template.allowed(functions["redrive-dead-letters"]):
        service, _, operation = action.partition(":")
        if operation in redriven:
            redriven[operation].add(target(resource))
        elif operation == "SendMessage":
            sent.add(target(resource))
        else:
            assert service == "logs" or action == "dynamodb:BatchWriteItem", "it is noted who did it"
    assert counted == dead
    assert list(redriven.values()) == [of_work] * 4
    assert sent == queues.keys() - dead
