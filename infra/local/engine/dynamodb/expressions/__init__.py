"""DynamoDB's expressions, parsed once and kept: a handler sends the same few texts all day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.expressions.conditions import ConditionParser, paths_in
from infra.local.engine.dynamodb.expressions.evaluation import Test, compile_test
from infra.local.engine.dynamodb.expressions.key_conditions import KeyCondition
from infra.local.engine.dynamodb.expressions.key_conditions import key_condition as _key_condition
from infra.local.engine.dynamodb.expressions.operand_types import Check, action_checks, condition_checks
from infra.local.engine.dynamodb.expressions.parser import Parser
from infra.local.engine.dynamodb.expressions.paths import Branches, ProjectionParser, branches_of, project
from infra.local.engine.dynamodb.expressions.tree import Condition
from infra.local.engine.dynamodb.expressions.updates import Step, UpdateParser, compile_changes, compile_removals
from infra.local.engine.dynamodb.items import Item, Value
from infra.local.engine.dynamodb.schema import KeySchema

__all__ = [
    "ConditionExpression",
    "Expression",
    "KeyConditionExpression",
    "Names",
    "ProjectionExpression",
    "UpdateExpression",
    "condition_expression",
    "key_condition_expression",
    "names_of",
    "projection_expression",
    "update_expression",
]

Names = tuple[tuple[str, str], ...]
_CACHED = 4096


@dataclass(frozen=True, slots=True)
class Expression:
    """What every expression tells: the placeholders it uses and the types it wants its values to have."""

    used_names: frozenset[str]
    used_values: frozenset[str]
    checks: tuple[Check, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class ConditionExpression(Expression):
    """A condition or filter. `attributes` are the top-level names it reads."""

    holds: Test
    attributes: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyConditionExpression(Expression):
    """A condition on the keys of a table or index."""

    key: KeyCondition


@dataclass(frozen=True, slots=True)
class ProjectionExpression(Expression):
    """A choice of document paths. `attributes` are their top-level names."""

    branches: Branches
    attributes: frozenset[str]

    def of(self, item: Item) -> Item:
        """The part of the item that is asked for, sharing its values."""
        return project(item, self.branches)


@dataclass(frozen=True, slots=True)
class UpdateExpression(Expression):
    """An update. `changed` are the top-level names it writes, in the order written.

    What `only_removes` makes no item where none is. (AWS does not document it; ScyllaDB's tests, which are run against
    AWS, show it: test/alternator/test_item.py, scylladb/scylladb#5862.)
    """

    changes: tuple[Step, ...]
    removals: tuple[Step, ...]
    branches: Branches
    changed: tuple[str, ...]
    only_removes: bool

    def apply(self, item: Item, values: Mapping[str, Value], *, fresh: bool) -> Item:
        """The item as it is after the update, sharing what is unchanged; InvalidActionError if it cannot be.

        Of a `fresh` item nothing is removed: DynamoDB then does not even mind a path that leads nowhere.
        """
        new = dict(item)
        for step in self.changes if fresh else self.changes + self.removals:
            step(item, new, values)
        return new

    def touched(self, item: Item) -> Item:
        """The part of the item that lies under the update's paths."""
        return project(item, self.branches)


def names_of(names: Mapping[str, str] | None) -> Names:
    """ExpressionAttributeNames as a key of the cache, or ValidationError if one of them stands for no name."""
    if not names:
        return ()
    if "" in names.values():
        raise ValidationError("ExpressionAttributeNames contains invalid value: Empty attribute name")
    return tuple(names.items())


@lru_cache(_CACHED)
def condition_expression(kind: str, text: str, names: Names) -> ConditionExpression:
    """A ConditionExpression or FilterExpression."""
    parser, condition = _condition(kind, text, names)
    return ConditionExpression(
        *_common(parser, tuple(condition_checks(kind, condition))),
        holds=compile_test(condition),
        attributes=frozenset(str(path.parts[0]) for path in paths_in(condition)),
    )


@lru_cache(_CACHED)
def key_condition_expression(text: str, names: Names, key: KeySchema) -> KeyConditionExpression:
    """A KeyConditionExpression for a table or an index with this key."""
    parser, condition = _condition("KeyConditionExpression", text, names)
    return KeyConditionExpression(
        *_common(parser, tuple(condition_checks(parser.kind, condition))), key=_key_condition(condition, key)
    )


@lru_cache(_CACHED)
def projection_expression(text: str, names: Names) -> ProjectionExpression:
    """A ProjectionExpression."""
    parser = ProjectionParser("ProjectionExpression", text, dict(names))
    paths = parser.parse()
    return ProjectionExpression(
        *_common(parser, ()),
        branches=branches_of(paths),
        attributes=frozenset(str(path.parts[0]) for path in paths),
    )


@lru_cache(_CACHED)
def update_expression(text: str, names: Names) -> UpdateExpression:
    """An UpdateExpression."""
    parser = UpdateParser("UpdateExpression", text, dict(names))
    actions = parser.parse()
    checks = tuple(check for action in actions for check in action_checks(action))
    return UpdateExpression(
        *_common(parser, checks),
        changes=tuple(compile_changes(actions)),
        removals=tuple(compile_removals(actions)),
        branches=branches_of(action.path for action in actions),
        changed=tuple(dict.fromkeys(str(action.path.parts[0]) for action in actions)),
        only_removes=all(action.clause == "REMOVE" for action in actions),
    )


def _condition(kind: str, text: str, names: Names) -> tuple[Parser, Condition]:
    parser = ConditionParser(kind, text, dict(names))
    return parser, parser.parse()


def _common(parser: Parser, checks: tuple[Check, ...]) -> tuple[frozenset[str], frozenset[str], tuple[Check, ...], str]:
    return frozenset(parser.used_names), frozenset(parser.used_values), checks, parser.kind
