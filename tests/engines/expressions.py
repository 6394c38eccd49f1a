"""Expressions drawn from DynamoDB's whole grammar, right in form and mostly of fitting types."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.engines.trace import Item, Params

TYPED: dict[str, tuple[Params, ...]] = {
    "units": ({"N": "0"}, {"N": "2"}, {"N": "-3"}),
    "rank": ({"N": "1"}, {"N": "12345678901234567890123456789012345678"}, {"N": "0.5"}),
    "status": ({"S": "open"}, {"S": ""}, {"S": "zürich"}),
    "done": ({"BOOL": True}, {"BOOL": False}),
    "note": ({"NULL": True},),
    "log": (
        {"L": []},
        {"L": [{"N": "1"}, {"S": "a"}]},
        {"L": [{"M": {"units": {"N": "1"}}}]},
        {"L": [{"SS": ["a"]}, {"N": "2"}, {"SS": ["a", "c"]}]},
    ),
    "did": ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "c"}]}),
    "customer": (
        {"M": {"name": {"S": "Ann"}, "units": {"N": "1"}, "tags": {"L": [{"S": "x"}]}}},
        {"M": {"name": {"S": "Bob"}, "a.b": {"N": "2"}}},
    ),
    "tags": ({"SS": ["a", "b"]}, {"SS": ["b"]}, {"SS": ["b", "a"]}),
    "sizes": ({"NS": ["1", "2.5"]}, {"NS": ["10"]}, {"NS": ["2.5", "1"]}),
    "raw": ({"B": "AAEC"}, {"B": "AA=="}),
}
"""Attributes and values that they may have. `status` is reserved, `a.b` has a dot in its name."""

_RESERVED = {"status", "name", "raw", "sizes", "log"}
_PATHS = (
    "units", "rank", "status", "done", "note", "log", "did", "customer", "tags", "sizes", "raw", "absent",
    "log[0]", "log[1]", "log[5]", "log[0].units", "did[0]", "did[1]", "customer.name", "customer.units",
    "customer.tags", "customer.tags[0]", "customer.nothing", "customer.tags.x", "units.x", "absent.x", "customer.a*b",
)  # fmt: skip
_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")


class Writer:
    """One request's expressions with their placeholders."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.names: dict[str, str] = {}
        self.values: Params = {}

    def placeholders(self) -> Params:
        """The members that go with the expressions."""
        found: Params = {}
        if self.names:
            found["ExpressionAttributeNames"] = self.names
        if self.values:
            found["ExpressionAttributeValues"] = self.values
        return found

    def path(self, of: str | None = None) -> str:
        """A document path, by names or aliases."""
        return ".".join(self._step(step) for step in (of or self.chance.choice(_PATHS)).split("."))

    def value(self, value: Params) -> str:
        """A placeholder of a value, sometimes one that is there already."""
        for mark, known in self.values.items():
            if known == value and self.chance.random() < 0.5:
                return mark
        mark = f":v{len(self.values)}"
        self.values[mark] = value
        return mark

    def fitting(self, path: str) -> Params:
        """A value as the path might have it, or now and then of any other type."""
        attribute = path.partition("[")[0].partition(".")[0]
        if attribute == path and attribute in TYPED and self.chance.random() < 0.8:
            return self.chance.choice(TYPED[attribute])
        return self.chance.choice(self.chance.choice(list(TYPED.values())))

    def number(self) -> Params:
        return {"N": str(self.chance.randint(-3, 3))}

    def _step(self, step: str) -> str:
        name, bracket, index = step.partition("[")
        real = name.replace("*", ".")
        if real == name and name not in _RESERVED and self.chance.random() < 0.5:
            return step
        for alias, known in self.names.items():
            if known == real:
                return alias + bracket + index
        alias = f"#n{len(self.names)}"
        self.names[alias] = real
        return alias + bracket + index


def rich_item(chance: Random) -> Item:
    """Some attributes with values."""
    return {name: chance.choice(values) for name, values in TYPED.items() if chance.random() < 0.7}


def condition(w: Writer, depth: int = 2) -> str:
    """A condition or filter."""
    kind = w.chance.random()
    if depth and kind < 0.2:
        return f"{condition(w, depth - 1)} AND {condition(w, depth - 1)}"
    if depth and kind < 0.35:
        return f"({condition(w, depth - 1)} OR {condition(w, depth - 1)})"
    if depth and kind < 0.45:
        return f"NOT {condition(w, depth - 1)}"
    return w.chance.choice(_TERMS)(w)


def _comparison(w: Writer) -> str:
    path = w.chance.choice(_PATHS)
    operator = w.chance.choice(_COMPARATORS)
    left = w.path(path)
    if w.chance.random() < 0.15:
        return f"{left} {operator} {w.path()}"
    if w.chance.random() < 0.1:
        return f"{w.value(w.fitting(path))} {operator} {left}"
    return f"{left} {operator} {w.value(w.fitting(path))}"


def _size(w: Writer) -> str:
    size, numbers = f"size({w.path()})", sorted(w.chance.choices(range(5), k=2))
    low, high = ({"N": str(number)} for number in numbers)
    kind = w.chance.random()
    if kind < 0.1:
        return f"{size} BETWEEN {w.value(low)} AND {w.value(high)}"
    if kind < 0.2:
        return f"{size} IN ({w.value(low)}, {w.path('units')})"
    if kind < 0.3:
        return f"{w.path('units')} {w.chance.choice(_COMPARATORS)} {size}"
    return f"{size} {w.chance.choice(_COMPARATORS)} {w.value(low)}"


def _between(w: Writer) -> str:
    name = w.chance.choice(("units", "status", "rank", "customer.units"))
    low, high = ({"S": "a"}, {"S": "p"}) if name == "status" else ({"N": "-1"}, {"N": "2"})
    if w.chance.random() < 0.15:
        return f"{w.value(low)} BETWEEN {w.path()} AND {w.path(name)}"
    return f"{w.path(name)} BETWEEN {w.value(low)} AND {w.value(high)}"


def _in(w: Writer) -> str:
    path = w.chance.choice(_PATHS)
    options = [w.value(w.fitting(path)) for _ in range(w.chance.randint(1, 4))]
    return f"{w.path(path)} IN ({', '.join(options)})"


def _exists(w: Writer) -> str:
    return f"{w.chance.choice(('attribute_exists', 'attribute_not_exists'))}({w.path()})"


def _type(w: Writer) -> str:
    kind = w.chance.choice(("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"))
    return f"attribute_type({w.path()}, {w.value({'S': kind})})"


def _begins(w: Writer) -> str:
    path = w.chance.choice(("status", "customer.name", "units", "absent", "did[0]"))
    return f"begins_with({w.path(path)}, {w.value({'S': w.chance.choice(('', 'o', 'A', 'open', 'zü'))})})"


def _contains(w: Writer) -> str:
    path = w.chance.choice(("did", "tags", "sizes", "status", "customer.tags", "log", "units", "absent"))
    value = w.chance.choice(({"S": "a"}, {"S": "x"}, {"N": "1"}, {"S": "pe"}, {"N": "10"}, {"SS": ["c", "a"]}))
    if w.chance.random() < 0.15:
        return f"contains({w.path(path)}, {w.path(w.chance.choice(('units', 'status', 'did[0]', 'log[0]')))})"
    return f"contains({w.path(path)}, {w.value(value)})"


_TERMS: tuple[Callable[[Writer], str], ...] = (
    _comparison, _comparison, _comparison, _size, _between, _in, _exists, _exists, _type, _begins, _contains,
)  # fmt: skip


def update(w: Writer) -> str:
    """An update; its paths may overlap now and then."""
    clauses = []
    sets = [_set(w) for _ in range(w.chance.randint(0, 3))]
    removes = [w.path() for _ in range(w.chance.choice((0, 0, 1, 2)))]
    if sets:
        clauses.append("SET " + ", ".join(sets))
    if removes:
        clauses.append("REMOVE " + ", ".join(removes))
    if w.chance.random() < 0.15 or not clauses:
        clauses.append(f"ADD {_added(w)}")
    if w.chance.random() < 0.1:
        names = w.chance.choice((("tags",), ("sizes",), ("absent",), ("log[0]",), ("log[0]", "log[2]")))
        gone = w.value({"NS": ["1"]} if names == ("sizes",) else {"SS": ["a"]})
        clauses.append("DELETE " + ", ".join(f"{w.path(name)} {gone}" for name in names))
    w.chance.shuffle(clauses)
    return " ".join(clauses)


def _set(w: Writer) -> str:
    path = w.chance.choice(_PATHS)
    here = w.path(path)
    kind = w.chance.random()
    if kind < 0.3:
        return f"{here} = {w.value(w.fitting(path))}"
    if kind < 0.5:
        counter = w.chance.choice(("units", "rank", "absent", "customer.units"))
        sign = w.chance.choice("+-")
        base = w.chance.choice((w.path(counter), f"if_not_exists({w.path(counter)}, {w.value({'N': '0'})})"))
        added = w.value(w.number()) if w.chance.random() < 0.8 else w.path(w.chance.choice(("units", "log[0].units")))
        return f"{w.path(counter)} = {base} {sign} {added}"
    if kind < 0.75:
        name = w.chance.choice(("log", "did", "absent", "customer.tags"))
        grown = f"if_not_exists({w.path(name)}, {w.value({'L': []})})"
        more = w.value({"L": [{"S": w.chance.choice("abc")}]}) if w.chance.random() < 0.8 else w.path("did")
        ends = (grown, more) if w.chance.random() < 0.8 else (more, grown)
        return f"{w.path(name)} = list_append({ends[0]}, {ends[1]})"
    if kind < 0.9:
        return f"{here} = if_not_exists({w.path()}, {w.value(w.fitting(path))})"
    return f"{here} = {w.path()}"


def _added(w: Writer) -> str:
    name, value = w.chance.choice(
        (
            ("units", {"N": "1"}),
            ("absent", {"N": "2"}),
            ("tags", {"SS": ["c"]}),
            ("sizes", {"NS": ["7"]}),
            ("customer.units", {"N": "0.5"}),
            ("log[0]", {"N": "1"}),
            ("log[5]", {"SS": ["a"]}),
        )
    )
    return f"{w.path(name)} {w.value(value)}"


def projection(w: Writer) -> str:
    """Some paths of an item."""
    return ", ".join(w.path() for _ in range(w.chance.randint(1, 4)))
