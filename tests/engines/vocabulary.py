"""The forms of request that the service really makes: expressions as they are, values by their type.

Recorded from the simulation with `python -m tests.engines --record`; a test notices a form that is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from infra.local.engine import Engine
from tests.engines.trace import Params, Step, actions_of

FILE = Path(__file__).with_name("vocabulary.json")
MEMBER = "*"
"""A member of a map, whose name is data."""

Sketch = Any
"""A value's form: "S", "N", "BOOL", "NULL", ["L", form of its elements] or {"M": form by name}."""

_EXPRESSIONS = ("ConditionExpression", "UpdateExpression", "KeyConditionExpression", "FilterExpression")
_FIXED = ("ConsistentRead", "ScanIndexForward", "IndexName", "ReturnValues", "ReturnValuesOnConditionCheckFailure")
_ALIAS = re.compile(r"#\w+")
_DEEP = 3
_ID = re.compile(r"(?=.*\d).{13,}")
"""What a map's member is called if its name is an id, or a place in a queue."""


@dataclass(frozen=True)
class Form:
    """One form: of a write alone or in a transaction, or of a query. `names` and `values` are its placeholders,
    `item` what a put writes, `limited` whether a page is asked for."""

    kind: str
    alone: bool
    expressions: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Sketch] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    item: dict[str, Sketch] | None = None
    limited: bool = False

    @property
    def identity(self) -> str:
        """Equal for forms that ask an engine the same."""
        texts = {
            kind: _ALIAS.sub(lambda alias: f"{{{self.names[alias[0]]}}}", text)
            for kind, text in self.expressions.items()
        }
        what = self.item.get("kind_", "") if self.item else ""
        return json.dumps([self.kind, self.alone, self.limited, self.fixed, texts, what], sort_keys=True)


def clauses_of(form: Form) -> set[str]:
    """What the form asks of an engine clause by clause, whatever attributes it names: its conditions, assignments and
    removals with `#` for a path's step and `:` for a value."""
    found = set()
    for kind, text in form.expressions.items():
        plain = re.sub(r":\w+(, :\w+)*", ":", _ALIAS.sub("#", text))
        if kind == "UpdateExpression":
            sections = re.split(r"\b(SET|REMOVE|ADD|DELETE) ", plain)[1:]
            for name, section in zip(sections[::2], sections[1::2], strict=True):
                found |= {f"{name} {clause.strip()}" for clause in re.split(r", (?![^(]*\))", section)}
        else:
            found |= {f"{kind} {_balanced(clause)}" for clause in re.split(r" (?:AND|OR) ", plain)}
    return found | {f"{form.kind} {name}={value}" for name, value in form.fixed.items()}


def _balanced(clause: str) -> str:
    """Without the brackets that belong to what was around it."""
    while clause.count("(") > clause.count(")"):
        clause = clause.removeprefix("(")
    while clause.count(")") > clause.count("("):
        clause = clause.removesuffix(")")
    bare = clause[1:-1] if clause.startswith("(") and clause.endswith(")") else clause
    return re.sub(r"\((?!:)\w+\)", "(#)", bare)


def forms_of(operation: str, params: Params) -> Iterator[Form]:
    """The forms of one request; reads by key and batches have none of their own."""
    if operation == "Query":
        yield _form("Query", True, params)
    for kind, action in actions_of(Step(operation, params)):
        yield _form(kind, operation != "TransactWriteItems", action)


def sketch(value: Params, depth: int = 0) -> Sketch:
    """The form of a value in wire format."""
    ((kind, raw),) = value.items()
    if kind == "L":
        return ["L", sketch(raw[0], depth + 1)] if raw and depth < _DEEP else ["L", "S"]
    if kind == "M":
        members = list(raw.items())[:8] if depth < _DEEP else []
        return {"M": {_ID.sub(MEMBER, name): sketch(inner, depth + 1) for name, inner in members}}
    return str(kind)


def load() -> list[Form]:
    """All recorded forms."""
    return [Form(**form) for form in json.loads(FILE.read_text(encoding="utf-8"))]


def save(forms: Iterable[Form]) -> None:
    """Write them, one a line."""
    lines = [json.dumps(asdict(form), ensure_ascii=False) for form in sorted(forms, key=lambda form: form.identity)]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def recorded(seeds: Iterable[int], tours: int = 0) -> dict[str, Form]:
    """The forms in simulated days of the service, by identity."""
    from tests.simulation import pool
    from tests.simulation.swarm import plan_of, tour

    pool.prepare()
    plans = [*map(tour, range(tours)), *map(plan_of, seeds)]
    found: dict[str, Form] = {}
    for forms in pool.forked(partial(_record, plan) for plan in plans):
        for identity, form in forms.items():
            found.setdefault(identity, form)
    return found


def _record(plan: Any) -> dict[str, Form]:
    """In a process of its own: the engine is listened to, not replaced."""
    from tests.simulation.run import run

    found: dict[str, Form] = {}
    request = Engine.request

    def listen(engine: Engine, service: str, operation: str, params: Params) -> Params:
        if service == "dynamodb":
            for form in forms_of(operation, params):
                found.setdefault(form.identity, form)
        return request(engine, service, operation, params)

    Engine.request = listen  # type: ignore[method-assign]
    run(plan)
    return found


def _form(kind: str, alone: bool, params: Params) -> Form:
    expressions = {name: params[name] for name in _EXPRESSIONS if name in params}
    names = dict(params.get("ExpressionAttributeNames", {}))
    for alias in re.findall(r"\.(#\w+)", " ".join(expressions.values())):
        names[alias] = MEMBER
    return Form(
        kind,
        alone,
        expressions,
        names,
        {name: sketch(value) for name, value in params.get("ExpressionAttributeValues", {}).items()},
        {name: params[name] for name in _FIXED if name in params},
        _item(params["Item"]) if "Item" in params else None,
        "Limit" in params,
    )


def _item(item: Params) -> dict[str, Sketch]:
    """A put's attributes. What kind of thing it is stands beside them, for puts of the same expression differ by it."""
    kind = item.get("kind", {}).get("S", "")
    form = {name: sketch(value) for name, value in item.items() if name not in ("pk", "sk")}
    return form | {"kind_": kind}
