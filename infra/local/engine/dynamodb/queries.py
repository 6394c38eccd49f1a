"""Query and Scan: pages of at most 1 MB of a table or an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.local.engine.dynamodb.capacity import Charge, read_units
from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.items import Sortable, sort_value
from infra.local.engine.dynamodb.requests import Expressions
from infra.local.engine.dynamodb.rows import Partition, Row, Rows, scan_place
from infra.local.engine.dynamodb.sources import (
    Selection,
    Source,
    Start,
    checked_key_value,
    refuse_keys_in_filter,
    selection_of,
    source_of,
    start_of,
)
from infra.local.engine.dynamodb.writes import FindTable
from infra.local.engine.service import Answer, Params, refuse_unknown

_PAGE_BYTES = 1024 * 1024
_MEMBERS = frozenset(
    {
        "TableName",
        "IndexName",
        "Select",
        "Limit",
        "ConsistentRead",
        "ExclusiveStartKey",
        "ReturnConsumedCapacity",
        "ProjectionExpression",
        "FilterExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
    }
)


def query(params: Params, find_table: FindTable, charge: Charge) -> Answer:
    """Query."""
    refuse_unknown("Query", params, _MEMBERS | {"KeyConditionExpression", "ScanIndexForward"})
    source = source_of(params, find_table)
    expressions = Expressions(params)
    condition = expressions.key_condition(source.key).key
    selection = selection_of(expressions, params, source)
    refuse_keys_in_filter(selection, source.key)
    key, values = source.key, expressions.values
    partition_value = checked_key_value(key.partition, key.partition_type, values[condition.partition])
    operands = [
        sort_value(checked_key_value(str(key.sort), str(key.sort_type), values[name])) for name in condition.operands
    ]
    partition_key = partition_value[key.partition_type]
    start = start_of(params, source)
    if start is not None and start.partition != partition_key:
        raise ValidationError("The provided starting key is outside query boundaries based on provided conditions")
    partition = source.rows.partition(partition_key)
    rows: Iterable[Row] = ()
    if start is not None and condition.operator is not None:
        _refuse_start_outside(start, condition.operator, operands)
    if partition is not None:
        low, high = _bounds(partition, condition.operator, operands)
        rows = _walk(partition, low, high, start, forward=params.get("ScanIndexForward", True))
    return _page(params, source, rows, selection, charge)


def scan(params: Params, find_table: FindTable, charge: Charge) -> Answer:
    """Scan, in segments if asked."""
    refuse_unknown("Scan", params, _MEMBERS | {"Segment", "TotalSegments"})
    source = source_of(params, find_table)
    selection = selection_of(Expressions(params), params, source)
    segment, segments = params.get("Segment", 0), params.get("TotalSegments", 1)
    if not 0 <= segment < segments or ("Segment" in params) != ("TotalSegments" in params):
        raise ValidationError("Segment and TotalSegments must be given together, Segment the smaller")
    rows = _scan_rows(source.rows, start_of(params, source), segment, segments)
    return _page(params, source, rows, selection, charge)


def _refuse_start_outside(start: Start, operator: str, operands: list[Sortable]) -> None:
    """ValidationError for a starting key that no page of this query can have ended with."""
    only = Partition()
    only.order.append(start.position)
    if _bounds(only, operator, operands) != (0, 1):
        raise ValidationError("The provided starting key does not match the range key predicate")


def _bounds(partition: Partition, operator: str | None, operands: list[Sortable]) -> tuple[int, int]:
    """The rows from the first number up to the second fulfil the sort key's condition."""
    end = len(partition.order)
    if operator is None:
        return 0, end
    first, last = operands[0], operands[-1]
    if operator in ("<", "<="):
        return 0, partition.from_value(first) if operator == "<" else partition.past_value(first)
    if operator in (">", ">="):
        return partition.past_value(first) if operator == ">" else partition.from_value(first), end
    if operator == "begins_with":
        past = _past_prefix(first)
        return partition.from_value(first), end if past is None else partition.from_value(past)
    return partition.from_value(first), partition.past_value(last)


def _past_prefix(prefix: str | bytes) -> str | bytes | None:
    """The least value greater than all values with this prefix; None if there is none."""
    if isinstance(prefix, bytes):
        kept = prefix.rstrip(b"\xff")
        return kept[:-1] + bytes([kept[-1] + 1]) if kept else None
    trimmed = prefix.rstrip("\U0010ffff")
    return trimmed[:-1] + chr(ord(trimmed[-1]) + 1) if trimmed else None


def _walk(partition: Partition, low: int, high: int, start: Start | None, *, forward: bool) -> Iterator[Row]:
    if start is not None and forward:
        low = max(low, partition.after(start.position))
    elif start is not None:
        high = min(high, partition.before(start.position))
    order, rows = partition.order, partition.rows
    for number in range(low, high) if forward else range(high - 1, low - 1, -1):
        yield rows[order[number]]


def _scan_rows(rows: Rows, start: Start | None, segment: int, segments: int) -> Iterator[Row]:
    first = None if start is None else scan_place(start.partition)
    for place, partition in rows.scan(first):
        if place.hash % segments == segment:
            after = start if place == first else None
            yield from _walk(partition, 0, len(partition.order), after, forward=True)


def _page(params: Params, source: Source, rows: Iterable[Row], selection: Selection, charge: Charge) -> Answer:
    page, size, more = _read(rows, params.get("Limit"))
    units = read_units(size, consistent=params.get("ConsistentRead", False))
    charge.read(source.table.name, units, None if source.index is None else source.index.schema.name)
    items = selection.of([row.item for row in page])
    answer: Answer = {"Count": len(items), "ScannedCount": len(page)}
    if params.get("Select") != "COUNT":
        answer["Items"] = selection.shown(items)
    if more:
        answer["LastEvaluatedKey"] = source.key_of(page[-1].item)
    return answer


def _read(rows: Iterable[Row], limit: int | None) -> tuple[list[Row], int, bool]:
    """Rows of a page, their bytes, and whether it ended before the rows did. The row that reaches 1 MB is
    still in; a page that reaches its limit does not look whether it was the last row."""
    page: list[Row] = []
    size = 0
    for row in rows:
        page.append(row)
        size += row.size
        if len(page) == limit or size >= _PAGE_BYTES:
            return page, size, True
    return page, size, False
