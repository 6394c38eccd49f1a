"""Alarms on the table: it turns requests away, fails, or transactions meet."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from infra.constructs.alarms import FIVE_MINUTES, MINUTE, Alarms, Meaning, formula
from infra.constructs.table import INDEX

_OPERATIONS = (
    "GetItem", "BatchGetItem", "Query", "Scan",
    "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems",
)  # fmt: skip


def throttles(table: dynamodb.ITable, kind: str, period: cdk.Duration) -> cloudwatch.MathExpression:
    """Reads or writes turned away by the table, and by its index, which DynamoDB counts apart: an index whose writes
    are throttled holds up those of the table."""
    of_index = {"TableName": table.table_name, "GlobalSecondaryIndexName": INDEX}
    return _together(f"{kind}ThrottleEvents", [{"TableName": table.table_name}, of_index], period)


def system_errors(table: dynamodb.ITable) -> cloudwatch.MathExpression:
    """DynamoDB tells them by operation only."""
    each = [{"TableName": table.table_name, "Operation": operation} for operation in _OPERATIONS]
    return _together("SystemErrors", each, FIVE_MINUTES)


def _together(name: str, of: list[dict[str, str]], period: cdk.Duration) -> cloudwatch.MathExpression:
    """Ids are unique in a widget: they begin with the metric's name."""
    metrics = {
        f"{name[0].lower()}{n}": cloudwatch.Metric(
            namespace="AWS/DynamoDB", metric_name=name, dimensions_map=one, period=period, statistic="Sum"
        )
        for n, one in enumerate(of)
    }
    return formula(" + ".join(f"FILL({id_}, 0)" for id_ in metrics), period, **metrics)


def table_suffers(alarms: Alarms, table: dynamodb.Table) -> None:
    """DynamoDB turns requests away, fails, or transactions meet. Alarms on its metrics would keep their state where
    data is missing, whatever they are told: `FILL` makes silence a zero."""
    for kind in ("Read", "Write"):
        alarms.when(
            f"Table{kind}Throttles",
            throttles(table, kind, MINUTE),
            Meaning(
                f"{kind}s of the table are turned away and retried: answers and workers are slow. Contributor "
                "Insights names the throttled key, of the table or its index; raise their maximum throughput if it is "
                "no single key.",
                "table-throttles",
                "ticket",
            ),
            above=0,
            periods=(3, 5),
        )
    _table_fails(alarms, table)
    _transactions_meet(alarms, table)


def _table_fails(alarms: Alarms, table: dynamodb.Table) -> None:
    """DynamoDB itself fails."""
    text = (
        "DynamoDB itself fails; everything is retried, answers and workers are slow. Look at the AWS Health dashboard."
    )
    alarms.when("TableErrors", system_errors(table), Meaning(text, "table-errors", "ticket"), above=0, periods=(2, 3))


def _transactions_meet(alarms: Alarms, table: dynamodb.Table) -> None:
    shares = formula(
        "IF(FILL(units, 0) > 1000, 100 * FILL(conflicts, 0) / units, 0)",
        FIVE_MINUTES,
        conflicts=table.metric("TransactionConflict", period=FIVE_MINUTES, statistic="Sum"),
        units=table.metric("ConsumedWriteCapacityUnits", period=FIVE_MINUTES, statistic="Sum"),
    )
    text = (
        "Over one write unit in a hundred is lost to transactions that meet: a hot SKU or order is written from many "
    )
    text += "sides. WritesContended says which function, the log of allocate-stock which SKU."
    alarms.when("TableConflicts", shares, Meaning(text, "table-conflicts", "ticket"), above=1, periods=(3, 5))
