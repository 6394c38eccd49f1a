"""DynamoDB: tables, indexes, expressions, transactions and streams in memory."""

from infra.local.engine.dynamodb.service import DynamoDB

__all__ = ["DynamoDB"]
