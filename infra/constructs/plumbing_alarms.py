"""Alarms on the machinery: functions, streams, the schedules, the API."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.constructs.alarms import FIVE_MINUTES, HEARTBEAT, HOUR, MINUTE, Alarms, Meaning, formula
from infra.constructs.functions import BusinessFunction
from infra.constructs.naming import construct_id

_THREE_MINUTES = cdk.Duration.minutes(3)


def function_suffers(alarms: Alarms, function: BusinessFunction, *, hourly: bool) -> list[cloudwatch.Alarm]:
    """It raises, is turned away, or comes close to its timeout. Returns what a bad version of it does: it raises, is
    slow, or fails what it is handed."""
    _is_turned_away(alarms, function)
    found = [_fails(alarms, function, hourly=hourly), _is_slow(alarms, function)]
    alone = function.failures_of_one
    return found if alone is None else [*found, _records_fail(alarms, function, alone)]


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


def _records_fail(alarms: Alarms, function: BusinessFunction, alone: int) -> cloudwatch.Alarm:
    """What a queue or the stream hands over fails. The function names what failed and does not raise, so Lambda counts
    no error; without this a version that fails every message would take over.

    One bad message is to ring nothing, as it dies alone: it comes again after six times the function's timeout, six
    minutes or more, so it does not fail in two periods in a row. A bad record of the stream comes again within seconds:
    `alone` is how many failures of three minutes say nothing. Where much flows lost races are fewer than one in twenty
    batches; a tenth of the batches is what a canary gets. Not per record: how many there are says only the mapping,
    which is of the alias, and the alias is moved by who looks at this alarm.
    """
    lambda_, name = function.function, construct_id(function.name)
    text = f"{function.impact} Over one in twenty batches has something that fails. Search the log for level ERROR; a "
    text += "version that is being deployed is taken back by itself. What failed comes again, at last as a dead letter."
    share = formula(
        f"IF(FILL(failed, 0) > {alone}, 100 * failed / invocations, 0)",
        _THREE_MINUTES,
        failed=alarms.ours("RecordsFailed", function.name, "Sum", _THREE_MINUTES),
        invocations=lambda_.metric_invocations(period=_THREE_MINUTES, statistic="Sum"),
    )
    meaning = Meaning(text, "function-errors", "ticket")
    return alarms.when(name + "RecordsFail", share, meaning, above=5, periods=(2, 2))


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
