"""Alarms on the table: it turns requests away, fails, or transactions meet."""

from __future__ import annotations

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from infra.constructs.alarms import FIVE_MINUTES, MINUTE, Alarms, Meaning, formula

_OPERATIONS = ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "TransactWriteItems")


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
    _transactions_meet(alarms, table)


def _table_fails(alarms: Alarms, table: dynamodb.Table) -> None:
    """DynamoDB itself fails."""
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
    text += "sides. WritesContended says which function, its log which SKU."
    alarms.when("TableConflicts", shares, Meaning(text, "table-conflicts", "ticket"), above=1, periods=(3, 5))
