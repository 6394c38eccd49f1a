"""A table as DescribeTable shows it."""

from __future__ import annotations

from typing import Any

from infra.local.engine.dynamodb.schema import KeySchema
from infra.local.engine.dynamodb.table import Table


def describe(table: Table) -> dict[str, Any]:
    """The TableDescription: schema, indexes, counts and stream."""
    schema = table.schema
    types = dict(schema.key.types)
    for index in schema.indexes:
        types |= index.key.types
    description: dict[str, Any] = {
        "TableName": table.name,
        "TableArn": table.arn,
        "TableStatus": "ACTIVE",
        "CreationDateTime": table.created_at.timestamp(),
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": kind} for n, kind in types.items()],
        "KeySchema": _key_schema(schema.key),
        "ItemCount": table.rows.count,
        "TableSizeBytes": sum(row.size for row in table.rows),
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    }
    if schema.indexes:
        description["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "IndexArn": f"{table.arn}/index/{index.name}",
                "IndexStatus": "ACTIVE",
                "KeySchema": _key_schema(index.key),
                "Projection": {"ProjectionType": index.projection},
                "ItemCount": table.indexes[index.name].rows.count,
            }
            for index in schema.indexes
        ]
    if table.has_stream:
        description["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream.view}
        description["LatestStreamArn"] = table.stream_arn
        description["LatestStreamLabel"] = table.stream_arn.rsplit("/", 1)[-1]
    return description


def _key_schema(key: KeySchema) -> list[dict[str, str]]:
    roles = zip(key.names, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": name, "KeyType": role} for name, role in roles]
