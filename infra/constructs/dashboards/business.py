"""`Backorders now`: what waits, why, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs.alarms import Severity
from infra.constructs.business_alarms import Objective
from infra.constructs.dashboards.budgets import WORDS, budget_widgets
from infra.constructs.dashboards.costs import COSTS
from infra.constructs.dashboards.pieces import HEIGHT, WIDTH, graph, text
from infra.constructs.dashboards.rows import NOW, ROWS, Figure, Graph, Row, metrics_of
from infra.options import Options
from shared.runtime.metric_names import METRICS

_A_LINE = 4  # graphs beside each other, at most


class BusinessDashboard(Construct):
    """The first screen of an operator. `tables` is the function behind the custom widgets, `alarms` those that tell
    somebody, by how urgent they are, `levels` what was promised to whom."""

    def __init__(
        self,
        scope: Construct,
        options: Options,
        *,
        tables: lambda_.IFunction,
        alarms: Mapping[Severity, Sequence[cloudwatch.IAlarm]],
        levels: Sequence[Objective],
    ) -> None:
        super().__init__(scope, "BackordersNowBoard")
        self._stage = options.stage
        self._tables = tables
        self._board = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=options.name("Backorders-now"),
            default_interval=cdk.Duration.days(7),
        )
        self._row(NOW)
        self._board.add_widgets(
            _status("Alarms for which somebody gets up", alarms["page"], width=WIDTH // 3),
            _status("Alarms to look at tomorrow", alarms["ticket"], width=WIDTH - WIDTH // 3),
        )
        self._board.add_widgets(text(WORDS))
        self._board.add_widgets(*budget_widgets(levels))
        for row in ROWS:
            self._row(row)
        others = _others()
        if others:
            self._row(others)

    def _row(self, row: Row) -> None:
        self._board.add_widgets(text(f"## {row.title}\n{row.what_to_do}"))
        beside = row.tables if len(row.tables) == 1 and row.tables[0][2] < WIDTH else ()
        room = WIDTH - sum(width for *_, width in beside)
        a_line = ceil(len(row.graphs) / ceil(len(row.graphs) / _A_LINE))
        for start in range(0, len(row.graphs), a_line):
            line = row.graphs[start : start + a_line]
            spread = room // len(line) if line[0].view != "numbers" else None
            widgets: list[cloudwatch.IWidget] = [graph(one, self._stage, width=spread or one.width) for one in line]
            self._board.add_widgets(*widgets, *(self._table(*table, height=HEIGHT) for table in beside))
        if row.tables and not beside:
            self._board.add_widgets(*(self._table(*table) for table in row.tables))

    def _table(self, title: str, widget: str, width: int, height: int = HEIGHT + 2) -> cloudwatch.CustomWidget:
        return cloudwatch.CustomWidget(
            title=title,
            function_arn=self._tables.function_arn,
            params={"widget": widget},
            width=width,
            height=height,
        )


def _status(title: str, alarms: Sequence[cloudwatch.IAlarm], *, width: int) -> cloudwatch.AlarmStatusWidget:
    by_state = cloudwatch.AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP
    return cloudwatch.AlarmStatusWidget(title=title, alarms=list(alarms), width=width, height=HEIGHT, sort_by=by_state)


def _others() -> Row | None:
    """What is emitted, is meant to be seen, and stands on no row yet."""
    placed = {name for row in (NOW, *ROWS, COSTS) for one in row.graphs for f in one.figures for name in metrics_of(f)}
    left = [name for name, metric in METRICS.items() if name not in placed and not metric.for_queries]
    if not left:
        return None
    graphs = tuple(Graph(name, (Figure(name, name),), METRICS[name].unit) for name in left)
    return Row("Also counted", "; ".join(f"**{name}**: {METRICS[name].meaning}" for name in left), graphs)
