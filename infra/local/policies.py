"""IAM policy documents: may this action be done on this resource?

Conditions are evaluated for the few keys a call here can have; an operator or key beyond them is an error when the
policy is read, because a condition that is skipped would turn a refusal into a permission.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.local.template import TemplateError

Context = Mapping[str, tuple[str, ...]]
"""Condition keys of a call and their values."""

KNOWN_KEYS = frozenset(
    {
        "aws:RequestedRegion",
        "aws:SecureTransport",
        "aws:SourceAccount",
        "aws:SourceArn",
        "events:detail-type",
        "events:source",
        "ses:FromAddress",
        "ses:Recipients",
    }
)
_MEMBERS = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "NotPrincipal"}
)


@cache
def _glob(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """IAM's wildcards: `*` for any run of characters, `?` for one."""
    text = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def glob_matches(pattern: str, value: str) -> bool:
    """Whether `value` matches `pattern` with IAM's wildcards."""
    return _glob(pattern).fullmatch(value) is not None


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": glob_matches,
    "ArnLike": glob_matches,
    "Bool": lambda expected, value: expected.lower() == value.lower(),
    "StringEquals": lambda expected, value: expected == value,
    "StringLike": glob_matches,
}
_NEGATED = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotEquals": "ArnEquals"}


@dataclass(frozen=True)
class Condition:
    """One operator on one key; `negated` for the `Not` operators, `quantifier` for ForAllValues and ForAnyValue."""

    operator: str
    key: str
    expected: tuple[str, ...]
    negated: bool
    quantifier: str
    if_exists: bool

    def holds(self, context: Context) -> bool:
        """Whether the call's context satisfies this condition."""
        values = context.get(self.key, ())
        if not values:
            return self.if_exists or self.negated or self.quantifier == "ForAllValues"
        results = (self._one(value) for value in values)
        return all(results) if self.quantifier == "ForAllValues" or self.negated else any(results)

    def _one(self, value: str) -> bool:
        test = _OPERATORS[self.operator]
        return any(test(expected, value) for expected in self.expected) != self.negated


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    allow: bool
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    services: tuple[str, ...]
    conditions: tuple[Condition, ...]

    def applies(self, action: str, resource: str, context: Context) -> bool:
        """Whether this statement speaks about the call."""
        return (
            self._covers(self.actions, self.not_actions, action, ignore_case=True)
            and self._covers(self.resources, self.not_resources, resource, ignore_case=False)
            and all(condition.holds(context) for condition in self.conditions)
        )

    @staticmethod
    def _covers(these: tuple[str, ...], but_these: tuple[str, ...], value: str, *, ignore_case: bool) -> bool:
        def any_of(patterns: tuple[str, ...]) -> bool:
            return any(_glob(p, ignore_case=ignore_case).fullmatch(value) for p in patterns)

        return any_of(these) if these else not any_of(but_these)


def allows(statements: Iterable[Statement], action: str, resource: str, context: Context) -> bool:
    """IAM's rule: an explicit deny wins, else one allow is needed."""
    allowed = False
    for statement in statements:
        if statement.applies(action, resource, context):
            if not statement.allow:
                return False
            allowed = True
    return allowed


def parse_document(document: Mapping[str, Any]) -> list[Statement]:
    """The statements of a policy document whose intrinsics are resolved. Raises TemplateError."""
    return [_statement(raw) for raw in _listed(document["Statement"])]


def _statement(raw: Mapping[str, Any]) -> Statement:
    unknown = raw.keys() - _MEMBERS
    if unknown or raw["Effect"] not in ("Allow", "Deny") or "NotPrincipal" in raw:
        raise TemplateError(f"policy statement with members the runner does not know: {raw}")
    resources = _strings(raw.get("Resource", ())), _strings(raw.get("NotResource", ()))
    if any("${" in pattern for group in resources for pattern in group):
        raise TemplateError(f"policy variables are not evaluated here: {raw}")
    return Statement(
        allow=raw["Effect"] == "Allow",
        actions=_strings(raw.get("Action", ())),
        not_actions=_strings(raw.get("NotAction", ())),
        resources=resources[0],
        not_resources=resources[1],
        services=_services(raw.get("Principal", {})),
        conditions=tuple(_conditions(raw.get("Condition", {}))),
    )


def _services(principal: str | Mapping[str, Any]) -> tuple[str, ...]:
    if isinstance(principal, str):
        return (principal,)
    named = _strings(principal.get("Service", ()))
    return named + (("*",) if principal.get("AWS") == "*" else ())


def _conditions(raw: Mapping[str, Mapping[str, Any]]) -> Iterable[Condition]:
    for name, tests in raw.items():
        quantifier, _, operator = name.rpartition(":")
        if_exists = operator.endswith("IfExists")
        operator = operator.removesuffix("IfExists")
        negated = operator in _NEGATED
        operator = _NEGATED.get(operator, operator)
        for key, expected in tests.items():
            if operator not in _OPERATORS or key not in KNOWN_KEYS:
                raise TemplateError(f"policy condition the runner does not evaluate: {name} {key}")
            yield Condition(operator, key, _strings(expected), negated, quantifier, if_exists)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in _listed(value))
