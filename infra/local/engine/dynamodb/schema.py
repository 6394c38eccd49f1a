"""A table's schema, read from the properties of AWS::DynamoDB::Table or GlobalTable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.local.engine.errors import UnsupportedRequestError
from infra.local.engine.service import refuse_unknown

_PROPERTIES = frozenset(
    {
        "TableName",
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
        "StreamSpecification",
        "TimeToLiveSpecification",
        "BillingMode",
        "DeletionProtectionEnabled",
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "ContributorInsightsSpecification",
        "TableClass",
        "OnDemandThroughput",
        "ProvisionedThroughput",
        "WarmThroughput",
        "WriteOnDemandThroughputSettings",
        "WriteProvisionedThroughputSettings",
        "Replicas",
        "ResourcePolicy",
        "Tags",
    }
)


@dataclass(frozen=True, slots=True)
class KeySchema:
    """The key attributes of a table or an index: names, and types as in AttributeDefinitions (S, N, B)."""

    partition: str
    partition_type: str
    sort: str | None
    sort_type: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """Key attribute names, partition key first."""
        return (self.partition,) if self.sort is None else (self.partition, self.sort)

    @property
    def types(self) -> dict[str, str]:
        """Type per key attribute."""
        types = {self.partition: self.partition_type}
        if self.sort is not None and self.sort_type is not None:
            types[self.sort] = self.sort_type
        return types


@dataclass(frozen=True, slots=True)
class IndexSchema:
    """A global secondary index. `projected` is None when it holds all attributes, else the names it holds."""

    name: str
    key: KeySchema
    projection: str
    projected: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class TableSchema:
    """Keys, indexes, stream view and expiry attribute of a table."""

    name: str
    key: KeySchema
    indexes: tuple[IndexSchema, ...]
    stream_view: str | None
    ttl_attribute: str | None

    @classmethod
    def of(cls, name: str, properties: Mapping[str, Any]) -> TableSchema:
        """Read resolved template properties; a property unknown here is refused."""
        refuse_unknown(f"table {name}", properties, _PROPERTIES)
        types = {d["AttributeName"]: d["AttributeType"] for d in properties["AttributeDefinitions"]}
        key = _key_schema(properties["KeySchema"], types)
        indexes = [_index(index, key, types) for index in properties.get("GlobalSecondaryIndexes", [])]
        used = set(key.names).union(*(index.key.names for index in indexes))
        if used != types.keys():
            raise ValueError(f"table {name}: AttributeDefinitions are {sorted(types)}, keys use {sorted(used)}")
        ttl = properties.get("TimeToLiveSpecification", {})
        return cls(
            name=name,
            key=key,
            indexes=tuple(indexes),
            stream_view=_stream_view(properties),
            ttl_attribute=ttl.get("AttributeName") if ttl.get("Enabled") else None,
        )


def _key_schema(elements: list[Mapping[str, str]], types: Mapping[str, str]) -> KeySchema:
    names = {element["KeyType"]: element["AttributeName"] for element in elements}
    if len(names) != len(elements) or "HASH" not in names or names.keys() - {"HASH", "RANGE"}:
        raise UnsupportedRequestError(f"the local engine does not know the key schema {elements}")
    partition, sort = names["HASH"], names.get("RANGE")
    return KeySchema(partition, types[partition], sort, None if sort is None else types[sort])


def _index(properties: Mapping[str, Any], table_key: KeySchema, types: Mapping[str, str]) -> IndexSchema:
    key = _key_schema(properties["KeySchema"], types)
    projection = properties["Projection"]["ProjectionType"]
    projected: tuple[str, ...] | None = None
    if projection != "ALL":
        included = properties["Projection"].get("NonKeyAttributes", [])
        projected = tuple(dict.fromkeys((*key.names, *table_key.names, *included)))
    return IndexSchema(properties["IndexName"], key, projection, projected)


def _stream_view(properties: Mapping[str, Any]) -> str | None:
    specification = properties.get("StreamSpecification")
    if specification is None:
        return None
    # A global table's stream is on by naming the specification; its view has a default there only.
    view: str = specification.get("StreamViewType", "NEW_AND_OLD_IMAGES")
    return view
