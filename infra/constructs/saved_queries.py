"""Questions to the logs that come up again and again, saved for the console of Logs Insights.

Log lines are JSON: `message` says what happened, the other fields are those of `shared.runtime.telemetry`.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.naming import construct_id
from infra.options import Options

QUERIES = {
    "the story of an order": """
        fields @timestamp, service, version, message, type, line, sku, units, cause, mail_kind, outcome, causation_id
        | filter correlation_id = "REQUEST" or backorder = "BACKORDER"
        | sort @timestamp asc
        | limit 1000""",
    "what followed from a change": """
        fields @timestamp, service, message, type, backorder, line, event_id, causation_id, correlation_id
        | filter causation_id = "CHANGE" or change = "CHANGE"
        | sort @timestamp asc""",
    "business events by kind": """
        filter message = "business_event"
        | stats count(*) as events by type
        | sort events desc""",
    "mails by outcome": """
        filter message = "customer_mail"
        | stats count(*) as mails by mail_kind, outcome
        | sort mails desc""",
    "what clients were refused": """
        filter message = "request_refused"
        | stats count(*) as refusals by route, status, code
        | sort refusals desc""",
    "messages that failed, and why": """
        filter message = "message_failed" or message = "record_failed"
        | stats count(*) as failures by service, queue, error, error_code
        | sort failures desc""",
    "requests and invocations that failed": """
        fields @timestamp, service, route, error, aws_error, aws_operation, correlation_id
        | filter message = "request_failed" or message = "invocation_failed"
        | sort @timestamp desc
        | limit 100""",
}
"""By name, over what the functions log. In capitals: what is to be put in.

The story of an order begins with the id of the request that recorded it, or with its own. Backwards from any of its
lines: its `causation_id` is the change to ask for next, until it is one of a request, message or schedule.
"""

OF_GATEWAY = {
    "answers by route": """
        stats count(*) as answers by route, status
        | sort answers desc""",
}
"""Over the gateway's access log, which alone knows what it answered without asking a function: whose requests met 5xx,
where the error budget of the API is one for all routes."""


def saved_queries(
    scope: Construct, options: Options, groups: Sequence[logs.ILogGroup], access_log: logs.ILogGroup
) -> None:
    """Each over the log groups of all functions, or the gateway's, in a folder of the stage."""
    for name, query in (QUERIES | OF_GATEWAY).items():
        lines = [line.strip() for line in query.strip().splitlines()]
        asked = groups if name in QUERIES else [access_log]
        logs.CfnQueryDefinition(
            scope,
            construct_id(f"{name.replace(' ', '-').replace(',', '')}-query"),
            name=f"{options.stack_name}/{name}",
            query_string="\n".join(lines),
            log_group_names=[group.log_group_name for group in asked],
        )
