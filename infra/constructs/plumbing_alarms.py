"""Alarms on the machinery: functions, streams, the table, the schedules, the API."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from infra.constructs.alarms import FIVE_MINUTES, HEARTBEAT, HOUR, MINUTE, Alarms, Meaning, formula
from infra.constructs.functions import BusinessFunction
from infra.constructs.naming import construct_id

_OPERATIONS = ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "TransactWriteItems")
_THREE_MINUTES = cdk.Duration.minutes(3)


def function_suffers(alarms: Alarms, function: BusinessFunction, *, hourly: bool) -> list[cloudwatch.Alarm]:
    """It raises, is turned away, or comes close to its timeout. Returns what a bad version of it does: it raises or is
    slow."""
    _is_turned_away(alarms, function)
    return [_fails(alarms, function, hourly=hourly), _is_slow(alarms, function)]


def _fails(alarms: Alarms, function: BusinessFunction, *, hourly: bool) -> cloudwatch.Alarm:
    """It raises; a run an hour is too rare for a rate."""
    lambda_, name = function.function, construct_id(function.name)
    text = (
        f"{function.impact} Open the function's log group and search for level ERROR; work not done is retried by "
        "itself, then lies in a dead-letter queue."
    )
    errors: cloudwatch.IMetric = lambda_.metric_errors(period=HOUR, statistic="Sum")
    if not hourly:
        errors = formula(
            "100 * errors / invocations",
            _THREE_MINUTES,
            errors=lambda_.metric_errors(period=_THREE_MINUTES, statistic="Sum"),
            invocations=lambda_.metric_invocations(period=_THREE_MINUTES, statistic="Sum"),
        )
    meaning = Meaning(text, "function-errors", "ticket")
    return alarms.when(name + "Errors", errors, meaning, above=0 if hourly else 1, periods=(1, 2) if hourly else (2, 3))


def _is_turned_away(alarms: Alarms, function: BusinessFunction) -> None:
    alarms.when(
        construct_id(function.name) + "Throttles",
        function.function.metric_throttles(period=MINUTE, statistic="Sum"),
        Meaning(
            f"Lambda turns invocations away: {function.impact} The account's concurrency is used up: look who uses it, "
            "and ask for a higher quota.",
            "function-throttles",
            "ticket",
        ),
        above=0,
        periods=(3, 5),
    )


def _is_slow(alarms: Alarms, function: BusinessFunction) -> cloudwatch.Alarm:
    """A tenth of the work with a new version is enough for it, and six minutes: less than a canary takes."""
    return alarms.when(
        construct_id(function.name) + "Slow",
        function.function.metric_duration(period=_THREE_MINUTES, statistic="p99"),
        Meaning(
            f"One run in a hundred takes over 80 % of the {function.timeout} s it may take; soon: {function.impact} "
            "Look for what has grown: a hot SKU, a large order, a slow supplier of an API.",
            "function-slow",
            "ticket",
        ),
        above=800 * function.timeout,
        periods=(2, 3),
    )


def stream_lags(alarms: Alarms, function: BusinessFunction, mapping_uuid: str) -> None:
    """A reader is behind, or has lost records for good; the stream forgets after 24 hours."""
    name = construct_id(function.name)
    look = "Look for a record that fails again and again in the function's log; it is set aside after ten attempts."
    for suffix, seconds, severity in (("Lag", 60, "ticket"), ("FarBehind", 3600, "page")):
        alarms.when(
            name + suffix,
            function.function.metric("IteratorAge", period=MINUTE, statistic="Maximum"),
            Meaning(
                f"More than {seconds // 60} min behind: {function.impact} {look}",
                "stream-lag",
                "page" if severity == "page" else "ticket",
            ),
            above=seconds * 1000,
            periods=(3, 5),
        )
    alarms.when(
        name + "Dropped",
        cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name="DroppedEventCount",
            dimensions_map={"EventSourceMappingUUID": mapping_uuid},
            period=FIVE_MINUTES,
            statistic="Sum",
        ),
        Meaning(
            f"Changes of the table were dropped and nobody was told: {function.impact} The hourly chase finds what "
            "is not counted; run it, then audit the books.",
            "stream-dropped",
            "page",
        ),
        above=0,
        periods=(1, 2),
    )


def stands_still(alarms: Alarms, function: BusinessFunction) -> None:
    """An hourly function has not come to its end for two hours. CloudWatch looks back further than that before it takes
    silence for a breach, so the alarm may come an hour or two late."""
    alarms.when(
        construct_id(function.name) + "Missing",
        alarms.ours("RunsDone", function.name, "Sum", HOUR),
        Meaning(
            f"Did not come to its end for two hours: {function.impact} Check that its schedule is enabled, look into "
            "schedules-dead, and into its log for the duty that fails.",
            "heartbeat",
            "page",
        ),
        below=1,
        periods=(2, 2),
        missing=HEARTBEAT,
    )


def deliveries_fail(alarms: Alarms, schedule_group: str, rules: dict[str, dict[str, str]]) -> None:
    """The scheduler or the bus could not deliver; `rules` has the dimensions of each rule by its name here."""
    dropped, unburied = (
        cloudwatch.Metric(
            namespace="AWS/Scheduler",
            metric_name=name,
            dimensions_map={"ScheduleGroup": schedule_group},
            period=FIVE_MINUTES,
            statistic="Sum",
        )
        for name in ("InvocationDroppedCount", "InvocationsFailedToBeSentToDeadLetterCount")
    )
    text = "Hourly work was not started, and not even set aside. Check role and target of the schedules."
    meaning = Meaning(text, "schedules-dropped", "page")
    either = formula("FILL(dropped, 0) + FILL(unburied, 0)", FIVE_MINUTES, dropped=dropped, unburied=unburied)
    alarms.when("SchedulesDropped", either, meaning, above=0, periods=(1, 2))
    for name, dimensions in rules.items():
        failed, unburied = (
            cloudwatch.Metric(
                namespace="AWS/Events",
                metric_name=metric,
                dimensions_map=dimensions,
                period=FIVE_MINUTES,
                statistic="Sum",
            )
            for metric in ("FailedInvocations", "InvocationsFailedToBeSentToDlq")
        )
        text = (
            f"EventBridge cannot hand {name} to its queue: they lie among the queue's dead letters, or, if those take "
            "none either, are lost. Check the policies of both queues and the rule."
        )
        meaning = Meaning(text, "events-undelivered", "page")
        either = formula("FILL(failed, 0) + FILL(unburied, 0)", FIVE_MINUTES, failed=failed, unburied=unburied)
        alarms.when(f"{name}Undelivered", either, meaning, above=0, periods=(1, 2))


def api_fails(alarms: Alarms, api: apigateway.HttpApi) -> None:
    """The gateway answers 5xx, or turns down unusually much. How fast the error budget burns is told elsewhere."""
    alarms.when(
        "ApiFailures",
        api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
        Meaning(
            "Storefronts and operators get errors instead of answers. Find status 5xx in the access log, then its "
            "request id in the log of backorders-api; roll back if a deployment came before it.",
            "api-failures",
            "ticket",
        ),
        above=0,
        periods=(2, 3),
    )
    refused = formula(
        "IF(requests > 50, 100 * refused / requests, 0)",
        FIVE_MINUTES,
        refused=api.metric_client_error(period=FIVE_MINUTES, statistic="Sum"),
        requests=api.metric_count(period=FIVE_MINUTES, statistic="Sum"),
    )
    text = "Almost a third of all requests is turned down: a bad release of ours or of a storefront, or an attack. "
    text += "Group the access log by client and status."
    alarms.when("ApiRefusals", refused, Meaning(text, "api-refusals", "ticket"), above=30, periods=(2, 3))


def requests_fail(alarms: Alarms) -> cloudwatch.Alarm:
    """Requests meet errors nobody expected. The function answers them, so Lambda counts no error."""
    text = "Requests are answered with 500, minute by minute. Search the log of backorders-api for level ERROR; a "
    text += "version that is being deployed is taken back by itself."
    failed = alarms.ours("RequestsFailed", "api", "Sum", MINUTE)
    return alarms.when("ApiRequestsFail", failed, Meaning(text, "api-failures", "ticket"), above=0, periods=(2, 3))


def table_suffers(alarms: Alarms, table: dynamodb.Table) -> None:
    """DynamoDB turns requests away, fails, or transactions meet. Alarms on its metrics would keep their state where
    data is missing, whatever they are told: `FILL` makes silence a zero."""
    for kind in ("Read", "Write"):
        alarms.when(
            f"Table{kind}Throttles",
            formula("FILL(m, 0)", MINUTE, m=table.metric(f"{kind}ThrottleEvents", period=MINUTE, statistic="Sum")),
            Meaning(
                f"{kind}s of the table are turned away and retried: answers and workers are slow. Contributor "
                "Insights names the throttled key; raise the table's maximum throughput if it is no single key.",
                "table-throttles",
                "ticket",
            ),
            above=0,
            periods=(3, 5),
        )
    _table_fails(alarms, table)


def _table_fails(alarms: Alarms, table: dynamodb.Table) -> None:
    """DynamoDB fails, or transactions meet."""
    failing = {
        f"m{n}": cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name="SystemErrors",
            dimensions_map={"TableName": table.table_name, "Operation": operation},
            period=FIVE_MINUTES,
            statistic="Sum",
        )
        for n, operation in enumerate(_OPERATIONS)
    }
    errors = formula(" + ".join(f"FILL({name}, 0)" for name in failing), FIVE_MINUTES, **failing)
    text = (
        "DynamoDB itself fails; everything is retried, answers and workers are slow. Look at the AWS Health dashboard."
    )
    alarms.when("TableErrors", errors, Meaning(text, "table-errors", "ticket"), above=0, periods=(2, 3))
    shares = formula(
        "IF(FILL(units, 0) > 1000, 100 * FILL(conflicts, 0) / units, 0)",
        FIVE_MINUTES,
        conflicts=table.metric("TransactionConflict", period=FIVE_MINUTES, statistic="Sum"),
        units=table.metric("ConsumedWriteCapacityUnits", period=FIVE_MINUTES, statistic="Sum"),
    )
    text = (
        "Over one write unit in a hundred is lost to transactions that meet: a hot SKU or order is written from many "
    )
    text += "sides. WritesContended says which function, its log which SKU."
    alarms.when("TableConflicts", shares, Meaning(text, "table-conflicts", "ticket"), above=1, periods=(3, 5))
