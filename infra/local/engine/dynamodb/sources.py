"""What a query or a scan reads: a table or one of its indexes, which of its attributes, and from where on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.expressions import ConditionExpression, ProjectionExpression
from infra.local.engine.dynamodb.index import Index
from infra.local.engine.dynamodb.items import Item, Value, admit_item, kind_of, sort_value
from infra.local.engine.dynamodb.requests import Expressions
from infra.local.engine.dynamodb.rows import Position, Rows
from infra.local.engine.dynamodb.schema import KeySchema
from infra.local.engine.dynamodb.table import Table
from infra.local.engine.dynamodb.writes import FindTable
from infra.local.engine.service import Params

_SELECTIONS = ("ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT")


class Start(NamedTuple):
    """The row a page starts after."""

    partition: str
    position: Position


@dataclass(frozen=True, slots=True)
class Source:
    """A table, or an index of it."""

    table: Table
    index: Index | None

    @property
    def key(self) -> KeySchema:
        """The key queried by."""
        return self.table.schema.key if self.index is None else self.index.schema.key

    @property
    def rows(self) -> Rows:
        """The rows read."""
        return self.table.rows if self.index is None else self.index.rows

    def key_of(self, item: Item) -> Item:
        """The attributes that name a row's place here: LastEvaluatedKey."""
        return {name: item[name] for name in (*self.table.schema.key.names, *self.key.names)}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the rows read are answered, and what of them."""

    expressions: Expressions
    filter: ConditionExpression | None
    projection: ProjectionExpression | None

    def of(self, items: list[Item]) -> list[Item]:
        """The items that pass the filter."""
        if self.filter is None:
            return items
        holds, values = self.filter.holds, self.expressions.values
        return [item for item in items if holds(item, values)]

    def shown(self, items: list[Item]) -> list[Item]:
        """What is asked for of the items."""
        return items if self.projection is None else [self.projection.of(item) for item in items]


def source_of(params: Params, find_table: FindTable) -> Source:
    """The table or index a request names, or ValidationError."""
    table = find_table(params["TableName"])
    name = params.get("IndexName")
    if name is None:
        return Source(table, None)
    if name not in table.indexes:
        raise ValidationError(f"The table does not have the specified index: {name}")
    if params.get("ConsistentRead"):
        raise ValidationError("Consistent reads are not supported on global secondary indexes")
    return Source(table, table.indexes[name])


def selection_of(expressions: Expressions, params: Params, source: Source) -> Selection:
    """Read filter, projection, Select and Limit, the last of a request's expressions, or ValidationError."""
    selection = Selection(expressions, expressions.condition("FilterExpression"), expressions.projection())
    expressions.finish()
    _check_select(params.get("Select"), source, selection.projection)
    if params.get("Limit", 1) < 1:
        raise ValidationError("Value at 'limit' failed to satisfy constraint: Member must be at least 1")
    return selection


def refuse_keys_in_filter(selection: Selection, key: KeySchema) -> None:
    """ValidationError for a query's filter on the keys queried by."""
    for name in key.names:
        if selection.filter is not None and name in selection.filter.attributes:
            raise ValidationError(
                f"Filter Expression can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def checked_key_value(name: str, kind: str, value: Value) -> Value:
    """A value compared with a key attribute, or ValidationError."""
    if kind_of(value) != kind:
        raise ValidationError(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    if not value[kind]:
        raise ValidationError(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
            f"an empty string value. Key: {name}"
        )
    return value


def start_of(params: Params, source: Source) -> Start | None:
    """Where ExclusiveStartKey points; the row itself may be gone."""
    given = params.get("ExclusiveStartKey")
    if given is None:
        return None
    key, _ = admit_item(given)
    table_key = source.table.schema.key
    types = table_key.types | source.key.types
    if key.keys() != types.keys() or any(kind_of(key[name]) != kind for name, kind in types.items()):
        raise ValidationError("The provided starting key is invalid")
    in_table = Start(*source.table.place({name: key[name] for name in table_key.names}))
    if source.index is None:
        return in_table
    order = 0 if source.key.sort is None else sort_value(key[source.key.sort])
    return Start(next(iter(key[source.key.partition].values())), (order, *in_table))


def _check_select(select: str | None, source: Source, projection: ProjectionExpression | None) -> None:
    if select is not None and select not in _SELECTIONS:
        raise ValidationError(f"Value '{select}' at 'select' failed to satisfy constraint")
    if projection is not None and select not in (None, "SPECIFIC_ATTRIBUTES"):
        raise ValidationError(f"Cannot specify the ProjectionExpression when choosing to get {select}")
    if projection is None and select == "SPECIFIC_ATTRIBUTES":
        raise ValidationError("SPECIFIC_ATTRIBUTES needs a ProjectionExpression")
    if source.index is not None:
        _check_projected(select, source.index, projection)
    elif select == "ALL_PROJECTED_ATTRIBUTES":
        raise ValidationError("ALL_PROJECTED_ATTRIBUTES can be used only when querying using an IndexName")


def _check_projected(select: str | None, index: Index, projection: ProjectionExpression | None) -> None:
    projected = index.schema.projected
    if projected is None:
        return
    if select == "ALL_ATTRIBUTES":
        raise ValidationError(
            "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
            f"secondary index {index.schema.name} because its projection type is not ALL"
        )
    missing = set() if projection is None else projection.attributes.difference(projected)
    if missing:
        raise ValidationError(
            f"One or more parameter values were invalid: Global secondary index {index.schema.name} does not "
            f"project [{', '.join(sorted(missing))}]"
        )
