from __future__ import annotations

import pytest

from tests.infra.template import Properties, Template, target

pytestmark = pytest.mark.slow

WORK = {
    "record-backorders": ("record-backorders", 10),
    "tally-demand": ("tally-demand", 100),
    "allocate-stock.fifo": ("allocate-stock", 10),
    "release-orders.fifo": ("release-orders", 10),
    "send-purchase-orders": ("send-purchase-orders", 1),
    "notify-customers": ("notify-customers", 100),
    "notify-subscribers.fifo": ("notify-subscribers", 10),
    "record-mail-outcomes": ("record-mail-outcomes", 100),
    "deliver-webhooks": ("deliver-webhooks", 10),
}


def queues(template: Template, *, dead: bool) -> dict[str, tuple[str, Properties]]:
    """(logical id, properties) of queues by name: the work queues, or the dead-letter queues."""
    found = {q["QueueName"]: (key, q) for key, q in template.of("SQS::Queue").items()}
    return {name: entry for name, entry in found.items() if ("-dead" in name) == dead}


def test_every_queue_feeds_one_function_in_batches_that_fit_it(template: Template) -> None:
    names = {key: name for name, (key, _) in queues(template, dead=False).items()}
    fed = {
        names[target(m["EventSourceArn"])]: (template.function_of(m["FunctionName"])["FunctionName"], m["BatchSize"])
        for m in template.mappings("Arn")
    }
    assert fed == {queue: (f"backorders-{name}", batch) for queue, (name, batch) in WORK.items()}
    assert len(template.mappings("Arn")) == len(WORK)


def test_every_mapping_reports_partial_failures(template: Template) -> None:
    mappings = template.of("Lambda::EventSourceMapping").values()
    assert len(mappings) == len(WORK) + 2, "queues, and two readers of the stream"
    assert all(m["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for m in mappings)


def test_no_mapping_filters_messages_away(template: Template) -> None:
    assert all("FilterCriteria" not in m for m in template.of("Lambda::EventSourceMapping").values())


def test_every_queue_mapping_bounds_how_much_runs_at_once(template: Template) -> None:
    for mapping in template.mappings("Arn"):
        assert 2 <= mapping["ScalingConfig"]["MaximumConcurrency"] <= 1000


def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(template: Template) -> None:
    for mapping in template.mappings("Arn"):
        queue = template.of("SQS::Queue")[target(mapping["EventSourceArn"])]
        function = template.function_of(mapping["FunctionName"])
        window = mapping.get("MaximumBatchingWindowInSeconds", 0)
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + window


def test_every_work_queue_gives_up_into_a_dead_letter_queue_of_its_own(template: Template) -> None:
    dead_names = {key: name for name, (key, _) in queues(template, dead=True).items()}
    for name, (_, queue) in queues(template, dead=False).items():
        base, fifo, _ = name.partition(".fifo")
        policy = queue["RedrivePolicy"]
        assert dead_names[target(policy["deadLetterTargetArn"])] == f"{base}-dead{fifo}"
        assert policy["maxReceiveCount"] >= 5


def test_a_dead_letter_queue_takes_only_from_its_own_queue(template: Template) -> None:
    for name, (_, queue) in queues(template, dead=True).items():
        allow = queue["RedriveAllowPolicy"]
        source = name.replace("-dead", "")
        if source in WORK:
            (arn,) = allow["sourceQueueArns"]
            assert allow["redrivePermission"] == "byQueue"
            assert arn["Fn::Join"][1][-1] == f":{source}"
        else:
            assert allow["redrivePermission"] == "denyAll", name


def test_dead_letters_outlive_the_messages_they_come_from(template: Template) -> None:
    assert {q["MessageRetentionPeriod"] for _, q in queues(template, dead=True).values()} == {14 * 86_400}
    assert {q["MessageRetentionPeriod"] for _, q in queues(template, dead=False).values()} == {4 * 86_400}


def test_work_queues_are_polled_long(template: Template) -> None:
    assert all(q["ReceiveMessageWaitTimeSeconds"] == 20 for _, q in queues(template, dead=False).values())


def test_fifo_queues_keep_order_per_group_and_never_deduplicate_by_content(template: Template) -> None:
    fifo = {name: q for name, (_, q) in queues(template, dead=False).items() if q.get("FifoQueue")}
    assert sorted(fifo) == ["allocate-stock.fifo", "notify-subscribers.fifo", "release-orders.fifo"]
    for queue in fifo.values():
        assert queue["ContentBasedDeduplication"] is False
        assert queue["DeduplicationScope"] == "messageGroup"
        assert queue["FifoThroughputLimit"] == "perMessageGroupId"


def test_every_queue_is_encrypted_and_refuses_plain_http(template: Template) -> None:
    assert all(q["SqsManagedSseEnabled"] for q in template.of("SQS::Queue").values())
    guarded = set()
    for policy in template.of("SQS::QueuePolicy").values():
        denied, *given = policy["PolicyDocument"]["Statement"]
        assert denied["Effect"] == "Deny"
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in given:
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
            assert statement["Condition"]["ArnEquals"], "only the rule that is meant may send"
        guarded |= {target(queue) for queue in policy["Queues"]}
    assert guarded == set(template.of("SQS::Queue"))


def test_only_the_rule_that_carries_events_may_send_to_the_webhooks(template: Template) -> None:
    (rule,) = [
        key for key, rule in template.of("Events::Rule").items() if rule["EventPattern"]["source"] == ["backorders"]
    ]
    queue = queues(template, dead=False)["deliver-webhooks"][0]
    allowed = [
        (target(policy["Queues"][0]), statement)
        for policy in template.of("SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and target(policy["Queues"][0]) == queue
    ]
    ((_, statement),) = allowed
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}


def test_what_a_rule_cannot_hand_over_lies_among_the_dead_letters_of_its_queue(template: Template) -> None:
    dead = {key: queue["RedrivePolicy"]["deadLetterTargetArn"] for key, queue in queues(template, dead=False).values()}
    rules = template.of("Events::Rule")
    assert len(rules) == 2
    for key, rule in rules.items():
        (goal,) = rule["Targets"]
        buried = goal["DeadLetterConfig"]["Arn"]
        assert buried == dead[target(goal["Arn"])]
        statements = [
            statement
            for policy in template.of("SQS::QueuePolicy").values()
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow" and statement["Resource"] == buried
        ]
        (statement,) = statements
        assert statement["Action"] == "sqs:SendMessage"
        assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [key, "Arn"]}}}


def test_two_functions_read_the_stream_and_lose_nothing(template: Template) -> None:
    readers = {template.function_of(m["FunctionName"])["FunctionName"]: m for m in template.mappings("StreamArn")}
    assert sorted(readers) == ["backorders-fan-out-changes", "backorders-publish-events"]
    dead = {name: key for name, (key, _) in queues(template, dead=True).items()}
    for name, mapping in readers.items():
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["MaximumRetryAttempts"] == 10
        assert 60 <= mapping["MaximumRecordAgeInSeconds"] < 86_400
        assert mapping["ParallelizationFactor"] == 1
        on_failure = target(mapping["DestinationConfig"]["OnFailure"]["Destination"])
        assert on_failure == dead[name.removeprefix("backorders-") + "-dead"]
        allowed = list(template.allowed(template.function_of(mapping["FunctionName"])))
        assert ("sqs:SendMessage", {"Fn::GetAtt": [on_failure, "Arn"]}) in allowed


def test_a_function_may_consume_its_own_queue_and_no_other(template: Template) -> None:
    fed = {template.started(m["FunctionName"]): m["EventSourceArn"] for m in template.mappings("Arn")}
    dead = {name: key for name, (key, _) in queues(template, dead=True).items()}
    for key, function in template.of("Lambda::Function").items():
        consumed = [r for action, r in template.allowed(function) if action == "sqs:ReceiveMessage"]
        if function["FunctionName"] == "backorders-redrive-dead-letters":
            assert {target(one) for one in consumed} == {
                dead[name] for name in dead if name.replace("-dead", "") in WORK
            }
        else:
            assert consumed == ([fed[key]] if key in fed else [])


def test_hourly_runs_know_their_time_and_are_never_lost_silently(template: Template) -> None:
    schedules = template.of("Scheduler::Schedule").values()
    started = {template.function_of(s["Target"]["Arn"])["FunctionName"] for s in schedules}
    assert started == {"backorders-audit-books", "backorders-plan-purchase-orders", "backorders-chase-overdue"}
    dead = queues(template, dead=True)["schedules-dead"][0]
    retried = {target(c["FunctionName"]): c for c in template.of("Lambda::EventInvokeConfig").values()}
    for schedule in schedules:
        run = schedule["Target"]
        assert schedule["ScheduleExpression"].endswith(" * * * ? *)")
        assert '"scheduled_time": "<aws.scheduler.scheduled-time>"' in run["Input"]
        assert target(run["DeadLetterConfig"]["Arn"]) == dead
        assert run["RetryPolicy"]["MaximumEventAgeInSeconds"] <= 3600
        config = retried[template.started(run["Arn"])]
        assert config["Qualifier"] == "live"
        assert target(config["DestinationConfig"]["OnFailure"]["Destination"]) == dead
        assert ("sqs:SendMessage", {"Fn::GetAtt": [dead, "Arn"]}) in template.allowed(template.function_of(run["Arn"]))


def test_the_scheduler_may_start_its_functions_and_report_failures_only(template: Template) -> None:
    runs = [schedule["Target"] for schedule in template.of("Scheduler::Schedule").values()]
    (role,) = {target(run["RoleArn"]) for run in runs}
    allowed = {
        (statement["Action"], str(resource))
        for key, statement in template.statements()
        if key == role
        for resource in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
    }
    expected = {("lambda:InvokeFunction", str(run["Arn"])) for run in runs}
    expected |= {("sqs:SendMessage", str(run["DeadLetterConfig"]["Arn"])) for run in runs}
    assert allowed == expected
    trust = template.of("IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"][0]
    assert set(trust["Condition"]["StringEquals"]) == {"aws:SourceAccount", "aws:SourceArn"}
