"""Put, update, delete and condition check: one mechanism for single writes, batches and transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from infra.local.engine.dynamodb.capacity import Charge, write_units
from infra.local.engine.dynamodb.errors import InvalidActionError, ValidationError, condition_failed
from infra.local.engine.dynamodb.expressions import ConditionExpression, UpdateExpression
from infra.local.engine.dynamodb.items import (
    MAX_ITEM_BYTES,
    Item,
    Value,
    admit_item,
    size_of,
    size_of_item,
    text_size,
)
from infra.local.engine.dynamodb.requests import Expressions
from infra.local.engine.dynamodb.rows import Position, Row
from infra.local.engine.dynamodb.table import Table
from infra.local.engine.service import Answer, Params, refuse_unknown

FindTable = Callable[[str], Table]

_CONDITIONAL = frozenset(
    {
        "TableName",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    }
)
_SINGLE = frozenset({"ReturnValues", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"})
_OWN_MEMBERS = {
    "Put": frozenset({"Item"}),
    "Update": frozenset({"Key", "UpdateExpression"}),
    "Delete": frozenset({"Key"}),
    "ConditionCheck": frozenset({"Key"}),
}
_RETURN_VALUES = {
    "Put": ("NONE", "ALL_OLD"),
    "Delete": ("NONE", "ALL_OLD"),
    "Update": ("NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"),
}


class Place(NamedTuple):
    """Where a write goes."""

    table: Table
    partition: str
    position: Position

    def row(self) -> Row | None:
        """What is there now."""
        return self.table.rows.get(self.partition, self.position)

    @property
    def identity(self) -> tuple[str, str, Position]:
        """Equal for writes to the same item."""
        return self.table.name, self.partition, self.position


class Write:
    """A valid write that has not met its item yet."""

    __slots__ = ("_key", "_new", "_values", "condition", "kind", "place", "shows_item", "update")

    def __init__(
        self,
        kind: str,
        place: Place,
        expressions: Expressions,
        condition: ConditionExpression | None,
        *,
        key: Item,
        new: Row | None = None,
        update: UpdateExpression | None = None,
        shows_item: bool = False,
    ) -> None:
        self.kind = kind
        self.place = place
        self.condition = condition
        self.shows_item = shows_item
        self._values = expressions.values
        self._key = key
        self._new = new
        self.update = update

    def allowed(self, old: Row | None) -> bool:
        """Whether the condition holds for what is stored."""
        return self.condition is None or self.condition.holds({} if old is None else old.item, self._values)

    def outcome(self, old: Row | None) -> Row | None:
        """What will be stored; InvalidActionError if the update does not fit what is there."""
        if self.kind == "Put":
            return self._new
        if self.kind == "Delete":
            return None
        if self.kind == "ConditionCheck":
            return old
        return self._updated(old)

    def _updated(self, old: Row | None) -> Row | None:
        if old is None and self.update is not None and self.update.only_removes:
            return None
        base, size = (old.item, old.size) if old is not None else (self._key, size_of_item(self._key))
        item = base
        if self.update is not None:
            item = self.update.apply(base, self._values, fresh=old is None)
            for name in self.update.changed:
                size += _attribute_size(name, item.get(name)) - _attribute_size(name, base.get(name))
            self.place.table.check_index_keys(item)
        if size > MAX_ITEM_BYTES:
            raise InvalidActionError("Item size to update has exceeded the maximum allowed size")
        return Row(item, size, self.place.partition, self.place.position)


def prepare(kind: str, params: Params, find_table: FindTable, *, single: bool = False) -> Write:
    """Validate a Put, Update, Delete or ConditionCheck; `single` for an operation of its own, else an action
    of a transaction. ValidationError if no item whatsoever could make it right."""
    refuse_unknown(kind, params, _CONDITIONAL | _OWN_MEMBERS[kind] | (_SINGLE if single else frozenset()))
    table = find_table(params["TableName"])
    expressions = Expressions(params)
    condition = expressions.condition()
    update = expressions.update() if kind == "Update" else None
    expressions.finish()
    shows_item = params.get("ReturnValuesOnConditionCheckFailure", "NONE") == "ALL_OLD"
    if kind == "Put":
        new = new_row(table, params["Item"])
        place = Place(table, new.partition, new.position)
        return Write(kind, place, expressions, condition, key=new.item, new=new, shows_item=shows_item)
    if kind == "ConditionCheck" and condition is None:
        raise ValidationError("The ConditionExpression of a ConditionCheck must not be empty")
    if update is not None:
        _refuse_key_changes(table, update)
    key, place = place_of(table, params["Key"])
    return Write(kind, place, expressions, condition, key=key, update=update, shows_item=shows_item)


def place_of(table: Table, key: Mapping[str, Any]) -> tuple[Item, Place]:
    """The admitted key and where it points, or ValidationError."""
    admitted, _ = admit_item(key)
    return admitted, Place(table, *table.place(admitted))


def new_row(table: Table, item: Mapping[str, Any]) -> Row:
    """The row an item makes, or ValidationError."""
    admitted, size = admit_item(item)
    partition, position = table.place_of_item(admitted)
    if size > MAX_ITEM_BYTES:
        raise ValidationError("Item size has exceeded the maximum allowed size")
    return Row(admitted, size, partition, position)


def write_alone(kind: str, params: Params, find_table: FindTable, charge: Charge) -> Answer:
    """PutItem, UpdateItem or DeleteItem."""
    returned = params.get("ReturnValues", "NONE")
    if returned not in _RETURN_VALUES[kind]:
        raise ValidationError("Return values set to invalid value")
    write = prepare(kind, params, find_table, single=True)
    table, old = write.place.table, write.place.row()
    if not write.allowed(old):
        charge.write(table.name, write_units(0 if old is None else old.size))
        raise condition_failed(old.item if write.shows_item and old is not None else None)
    new = write.outcome(old)
    table.commit(old, new, charge)
    attributes = _returned_attributes(returned, write.update, old, new)
    return {"Attributes": attributes} if attributes else {}


def _returned_attributes(
    returned: str, update: UpdateExpression | None, old: Row | None, new: Row | None
) -> Item | None:
    row = old if returned.endswith("OLD") else new
    if returned == "NONE" or row is None:
        return None
    if returned.startswith("ALL"):
        return row.item
    return None if update is None else update.touched(row.item)


def _refuse_key_changes(table: Table, update: UpdateExpression) -> None:
    for name in table.schema.key.names:
        if name in update.changed:
            raise ValidationError(
                f"One or more parameter values were invalid: Cannot update attribute {name}. "
                "This attribute is part of the key"
            )


def _attribute_size(name: str, value: Value | None) -> int:
    return 0 if value is None else text_size(name) + size_of(value)
