"""An alarm on what a day costs, from what AWS itself counts: a loop that no line pays for is in no figure of ours."""

from __future__ import annotations

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb

from infra.constructs.alarms import DAY, Alarms, Meaning, formula
from shared.costs.prices import price_table


def spending_runs_away(alarms: Alarms, table: dynamodb.Table, api: apigateway.HttpApi) -> None:
    """Units of the table, requests and mails of a day, at the dearest list price of any region that is known."""
    counted: dict[str, cloudwatch.IMetric] = {
        "write_units": table.metric("ConsumedWriteCapacityUnits", period=DAY, statistic="Sum"),
        "read_units": table.metric("ConsumedReadCapacityUnits", period=DAY, statistic="Sum"),
        "api_requests": api.metric_count(period=DAY, statistic="Sum"),
        "mails": cloudwatch.Metric(namespace="AWS/SES", metric_name="Send", period=DAY, statistic="Sum"),
    }
    spent = formula(" + ".join(f"FILL({name}, 0) * {_dearest(name)}" for name in counted), DAY, **counted)
    most = alarms.options.spend_per_day_usd
    text = f"Table, requests and mails cost over {most} dollars a day: a good season, or a loop, an import again and "
    text += "again, a storefront gone mad. The row Costs of the dashboard says which step. Raise spend_per_day_usd of "
    text += "the context if that is what you sell."
    alarms.when("SpendHigh", spent, Meaning(text, "spend-high", "ticket"), above=most, periods=(1, 2))


def _dearest(resource: str) -> str:
    """Dollars for one, written out in full."""
    row = price_table()["consumed"][resource]
    regions = [prices[0] for prices in row.values() if isinstance(prices, list)]
    return f"{max(regions) / row['per']:.12f}"
