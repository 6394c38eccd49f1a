"""One request's expressions with their names and values: everything is defined, used and of a right type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.expressions import (
    ConditionExpression,
    Expression,
    KeyConditionExpression,
    ProjectionExpression,
    UpdateExpression,
    condition_expression,
    key_condition_expression,
    names_of,
    projection_expression,
    update_expression,
)
from infra.local.engine.dynamodb.items import Value, admit
from infra.local.engine.dynamodb.schema import KeySchema


class Expressions:
    """The expressions of a request or of one action of a transaction. Read those that are there, then call
    `finish`, which refuses what is undefined or unused."""

    __slots__ = ("_names", "_params", "_read", "values")

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self._names = names_of(params.get("ExpressionAttributeNames"))
        given = params.get("ExpressionAttributeValues")
        self.values: Mapping[str, Value] = {}
        if given is not None:
            if not given:
                raise ValidationError("ExpressionAttributeValues must not be empty")
            self.values = {name: admit(value)[0] for name, value in given.items()}
        self._read: list[Expression] = []

    def condition(self, kind: str = "ConditionExpression") -> ConditionExpression | None:
        """The ConditionExpression or FilterExpression."""
        text = self._params.get(kind)
        if text is None:
            return None
        expression = condition_expression(kind, text, self._names)
        self._read.append(expression)
        return expression

    def key_condition(self, key: KeySchema) -> KeyConditionExpression:
        """The KeyConditionExpression, which must be there."""
        text = self._params.get("KeyConditionExpression")
        if text is None:
            raise ValidationError(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
            )
        expression = key_condition_expression(text, self._names, key)
        self._read.append(expression)
        return expression

    def projection(self) -> ProjectionExpression | None:
        """The ProjectionExpression."""
        text = self._params.get("ProjectionExpression")
        if text is None:
            return None
        expression = projection_expression(text, self._names)
        self._read.append(expression)
        return expression

    def update(self) -> UpdateExpression | None:
        """The UpdateExpression."""
        text = self._params.get("UpdateExpression")
        if text is None:
            return None
        expression = update_expression(text, self._names)
        self._read.append(expression)
        return expression

    def finish(self) -> None:
        """Refuse undefined and unused placeholders and values of a wrong type."""
        names_used = values_used = 0
        for expression in self._read:
            for name in expression.used_values:
                if name not in self.values:
                    undefined = min(expression.used_values - self.values.keys())
                    raise ValidationError(
                        f"Invalid {expression.kind}: An expression attribute value used in expression is not "
                        f"defined; attribute value: {undefined}"
                    )
            for check in expression.checks:
                check(self.values)
            names_used += len(expression.used_names)
            values_used += len(expression.used_values)
        if len(self._read) != 1 or names_used != len(self._names) or values_used != len(self.values):
            self._refuse_unused()

    def _refuse_unused(self) -> None:
        given = {
            "ExpressionAttributeNames": {name for name, _ in self._names},
            "ExpressionAttributeValues": set(self.values),
        }
        used = {
            "ExpressionAttributeNames": {name for e in self._read for name in e.used_names},
            "ExpressionAttributeValues": {name for e in self._read for name in e.used_values},
        }
        for member, names in given.items():
            if names and not self._read:
                raise ValidationError(f"{member} can only be specified when using expressions")
            unused = sorted(names - used[member])
            if unused:
                raise ValidationError(
                    f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}"
                )
