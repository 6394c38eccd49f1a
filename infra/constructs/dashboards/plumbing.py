"""`Plumbing`: whether the machinery runs, row by row from the door to the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.dashboards.cold_starts import COLD_STARTS, ColdStarts
from infra.constructs.dashboards.costs import COSTS
from infra.constructs.dashboards.deliveries import DELIVERIES, delivery_widgets
from infra.constructs.dashboards.hand_overs import HAND_OVERS, hand_over_widgets
from infra.constructs.dashboards.pieces import WIDTH, graph, graph_of, text
from infra.constructs.queues import WorkQueue
from infra.constructs.streams import StreamReader
from infra.constructs.table_alarms import system_errors, throttles
from infra.options import Options

_PERIOD = cdk.Duration.minutes(5)
_HOUR = cdk.Duration.hours(1)
_TABLE_METRICS = {
    "TransactionConflict": "transactions in conflict",
    "ConditionalCheckFailedRequests": "conditions not met",
}
_THIRD = WIDTH // 3
_QUARTER = WIDTH // 4


@dataclass(frozen=True)
class Plumbing:
    """What the second dashboard shows; `readers` are those of the table's stream, all by name. `rules` has the
    dimensions of each rule's metrics."""

    api: apigateway.HttpApi
    functions: Mapping[str, lambda_.Function]
    readers: Mapping[str, StreamReader]
    queues: Mapping[str, WorkQueue]
    dead: Mapping[str, sqs.IQueue]
    table: dynamodb.Table
    rules: Mapping[str, dict[str, str]]


class PlumbingDashboard(Construct):
    """The second screen of an operator, for when the first one says that something does not flow."""

    def __init__(self, scope: Construct, options: Options, of: Plumbing) -> None:
        super().__init__(scope, "PlumbingBoard")
        self._of = of
        self._board = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=options.name("Backorders-plumbing"),
            default_interval=cdk.Duration.hours(12),
        )
        self._api()
        self._row(DELIVERIES, *delivery_widgets(of.rules, options.name("backorders")))
        self._queues()
        self._row(HAND_OVERS, *hand_over_widgets(of.queues, of.readers, of.functions))
        self._functions()
        self._row(COLD_STARTS, *ColdStarts(self, options, of.functions).widgets)
        self._stream_and_table()
        self._limits()
        self._row(
            f"## {COSTS.title}\n{COSTS.what_to_do}",
            *(graph(one, options.stage, width=one.width) for one in COSTS.graphs),
        )

    def _api(self) -> None:
        api = self._of.api
        self._row(
            "## API\n**Server errors** are ours: the access log names the request, its id the line in the log of "
            "`backorders-api`. Many **client errors** at once are a bad release of a storefront, or an attack.",
            graph_of(
                "Requests",
                [
                    api.metric_count(period=_PERIOD, label="requests", statistic="Sum"),
                    api.metric_client_error(period=_PERIOD, label="client errors (4xx)", statistic="Sum"),
                ],
                axis="per 5 min",
                width=_THIRD,
            ),
            graph_of(
                "Server errors (5xx)",
                [api.metric_server_error(period=_PERIOD, label="server errors", statistic="Sum")],
                axis="per 5 min",
                width=_THIRD,
                zero=True,
            ),
            graph_of(
                "Latency",
                [api.metric_latency(period=_PERIOD, statistic=one, label=one) for one in ("p50", "p90", "p99")],
                axis="ms",
                width=_THIRD,
            ),
        )

    def _queues(self) -> None:
        of = self._of
        self._row(
            "## Queues\nAn **oldest message** that grows is work that nobody does: its function fails (see below) or"
            " is throttled. **Dead letters** were given up after every retry; docs/dead-letters.md says what to do.",
            graph_of(
                "Waiting messages",
                _messages({name: one.queue for name, one in of.queues.items()}),
                axis="messages",
                width=_THIRD,
                stacked=True,
            ),
            graph_of(
                "Age of the oldest message",
                [
                    one.queue.metric_approximate_age_of_oldest_message(period=_PERIOD, statistic="Maximum", label=name)
                    for name, one in of.queues.items()
                ],
                axis="seconds",
                width=_THIRD,
            ),
            graph_of("Dead letters", _messages(of.dead), axis="messages", width=_THIRD, zero=True),
        )

    def _functions(self) -> None:
        functions = self._of.functions.items()
        self._row(
            "## Functions\n**Errors**: search the function's log for level ERROR. **Duration** near its timeout (60 s, "
            "workers of large batches 120 to 300 s) will become errors.",
            graph_of(
                "Errors",
                [one.metric_errors(period=_PERIOD, label=name, statistic="Sum") for name, one in functions],
                axis="per 5 min",
                width=_THIRD,
                zero=True,
            ),
            graph_of(
                "Invocations",
                [one.metric_invocations(period=_PERIOD, label=name, statistic="Sum") for name, one in functions],
                axis="per 5 min",
                width=_THIRD,
                stacked=True,
            ),
            graph_of(
                "Duration, p99",
                [one.metric_duration(period=_PERIOD, statistic="p99", label=name) for name, one in functions],
                axis="ms",
                width=_THIRD,
            ),
        )

    def _stream_and_table(self) -> None:
        of = self._of
        self._row(
            "## Stream and table\nA **stream** that lags stops everything that follows from a change; what is older "
            "than 24 hours is lost. **Conditions not met** are lost races and repeats: many are load on one SKU, "
            "none is suspicious. **Throttles** name one hot key (Contributor Insights) or a cap that is too low.",
            graph_of(
                "Stream lag",
                [
                    one.function.function.metric("IteratorAge", period=_PERIOD, statistic="Maximum", label=name)
                    for name, one in of.readers.items()
                ],
                axis="ms",
                width=WIDTH // 2,
            ),
            graph_of(
                "Throttles, conflicts and errors of the table",
                _troubles(of.table),
                axis="per 5 min",
                width=WIDTH // 2,
            ),
        )

    def _limits(self) -> None:
        account = lambda_.Function.metric_all_concurrent_executions(
            period=_PERIOD, statistic="Maximum", label="executions"
        )
        expired = self._of.table.metric("TimeToLiveDeletedItemCount", period=_PERIOD, statistic="Sum", label="items")
        back = [
            _of_ses(f"Reputation.{kind}Rate", "Maximum", _HOUR, label)
            for kind, label in (("Bounce", "bounces"), ("Complaint", "complaints"))
        ]
        sent = _of_ses("Send", "Sum", cdk.Duration.days(1), "mails")
        self._row(
            "## What AWS would stop\n**SES** reviews an account at 5 % bounces or 0.1 % complaints and pauses it at "
            "10 % or 0.5 %; beyond its daily quota it takes no mail (*Account dashboard* in the SES console says what "
            "is left: no metric does). **Executions at once** near the account's quota (1,000, or 10 in a new one) "
            "turn work away: ask for more. **Expired items** that stop are old answers and marks that fill the table.",
            graph_of("Mail that came back", back, axis="share of mails", width=_QUARTER),
            graph_of("Mails sent by the whole account", [sent], axis="per day", width=_QUARTER),
            graph_of("Executions at once, whole account", [account], axis="executions", width=_QUARTER),
            graph_of("Expired items deleted", [expired], axis="per 5 min", width=_QUARTER),
        )

    def _row(self, words: str, *graphs: cloudwatch.IWidget) -> None:
        self._board.add_widgets(text(words))
        self._board.add_widgets(*graphs)


def _troubles(table: dynamodb.Table) -> list[cloudwatch.IMetric]:
    """Throttles and errors as the alarms add them up: the table alone has no errors, and not its index's throttles."""
    sums = {f"{kind.lower()}s throttled": throttles(table, kind, _PERIOD) for kind in ("Read", "Write")}
    sums["system errors"] = system_errors(table)
    plain = [table.metric(name, period=_PERIOD, statistic="Sum", label=label) for name, label in _TABLE_METRICS.items()]
    return [*(one.with_(label=label) for label, one in sums.items()), *plain]


def _of_ses(name: str, statistic: str, period: cdk.Duration, label: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(namespace="AWS/SES", metric_name=name, period=period, statistic=statistic, label=label)


def _messages(queues: Mapping[str, sqs.IQueue]) -> Sequence[cloudwatch.IMetric]:
    return [
        queue.metric_approximate_number_of_messages_visible(period=_PERIOD, statistic="Maximum", label=name)
        for name, queue in queues.items()
    ]
