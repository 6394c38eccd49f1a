"""GetItem, BatchGetItem and BatchWriteItem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.engine.dynamodb.capacity import Charge, read_units
from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.expressions import ProjectionExpression
from infra.local.engine.dynamodb.items import Item
from infra.local.engine.dynamodb.requests import Expressions
from infra.local.engine.dynamodb.rows import Row
from infra.local.engine.dynamodb.writes import FindTable, Place, new_row, place_of
from infra.local.engine.service import Answer, Params, refuse_unknown

_MAX_KEYS = 100
_MAX_WRITES = 25
_MAX_BYTES = 16 * 1024 * 1024
_READ = frozenset({"ProjectionExpression", "ExpressionAttributeNames", "ConsistentRead"})


def get_item(params: Params, find_table: FindTable, charge: Charge) -> Answer:
    """GetItem."""
    refuse_unknown("GetItem", params, _READ | {"TableName", "Key", "ReturnConsumedCapacity"})
    projection = _projection(params)
    table = find_table(params["TableName"])
    row = place_of(table, params["Key"])[1].row()
    consistent = params.get("ConsistentRead", False)
    charge.read(table.name, read_units(0 if row is None else row.size, consistent=consistent))
    return {} if row is None else {"Item": _shown(row, projection)}


def batch_get_item(params: Params, find_table: FindTable, charge: Charge) -> Answer:
    """BatchGetItem. What exceeds 16 MB comes back unprocessed."""
    refuse_unknown("BatchGetItem", params, frozenset({"RequestItems", "ReturnConsumedCapacity"}))
    asked = params["RequestItems"]
    if not 1 <= sum(len(request["Keys"]) for request in asked.values()) <= _MAX_KEYS:
        raise ValidationError("Too many items requested for the BatchGetItem call, or none")
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, Any] = {}
    left = _MAX_BYTES
    for table_name, request in asked.items():
        refuse_unknown("BatchGetItem", request, _READ | {"Keys"})
        projection = _projection(request)
        table = find_table(table_name)
        places = [place_of(table, key)[1] for key in request["Keys"]]
        _refuse_duplicates(places)
        found = responses.setdefault(table_name, [])
        for key, place in zip(request["Keys"], places, strict=True):
            row = place.row()
            size = 0 if row is None else row.size
            if size > left:
                unprocessed.setdefault(table_name, request | {"Keys": []})["Keys"].append(key)
                continue
            left -= size
            charge.read(table.name, read_units(size, consistent=request.get("ConsistentRead", False)))
            if row is not None:
                found.append(_shown(row, projection))
    return {"Responses": responses, "UnprocessedKeys": unprocessed}


def batch_write_item(params: Params, find_table: FindTable, charge: Charge) -> Answer:
    """BatchWriteItem: puts and deletes, each on its own."""
    members = frozenset({"RequestItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"})
    refuse_unknown("BatchWriteItem", params, members)
    requests = [(name, request) for name, batch in params["RequestItems"].items() for request in batch]
    if not 1 <= len(requests) <= _MAX_WRITES:
        raise ValidationError("Too many items requested for the BatchWriteItem call, or none")
    changes = [_change(request, find_table, name) for name, request in requests]
    _refuse_duplicates([place for place, _ in changes])
    if sum(new.size for _, new in changes if new is not None) > _MAX_BYTES:
        raise ValidationError("Item collection too large: the batch exceeds 16 MB")
    for place, new in changes:
        place.table.commit(place.row(), new, charge)
    return {"UnprocessedItems": {}}


def _change(request: Params, find_table: Callable[[str], Any], name: str) -> tuple[Place, Row | None]:
    table = find_table(name)
    if request.keys() == {"PutRequest"}:
        new = new_row(table, request["PutRequest"]["Item"])
        return Place(table, new.partition, new.position), new
    if request.keys() == {"DeleteRequest"}:
        return place_of(table, request["DeleteRequest"]["Key"])[1], None
    raise ValidationError("Supplied WriteRequest must contain exactly one of PutRequest and DeleteRequest")


def _refuse_duplicates(places: list[Place]) -> None:
    if len({place.identity for place in places}) != len(places):
        raise ValidationError("Provided list of item keys contains duplicates")


def _projection(params: Params) -> ProjectionExpression | None:
    expressions = Expressions(params)
    projection = expressions.projection()
    expressions.finish()
    return projection


def _shown(row: Row, projection: ProjectionExpression | None) -> Item:
    return row.item if projection is None else projection.of(row.item)
