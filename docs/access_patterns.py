"""The table of keys, from `shared/aws/keys.py`: its functions are called with placeholders, its docstrings quoted."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any
from unittest.mock import patch

from shared.aws import keys
from shared.kernel import ids

_CONSTANT = re.compile(r"^([A-Z_]+) = .*?  # (index partition: .+)$", re.MULTILINE)


class _Named(int):
    """A number that prints as its name, however it is to be padded."""

    name: str

    def __format__(self, spec: str) -> str:
        return f"<{self.name}>"


def access_patterns() -> str:
    """One row per function that builds a key or a partition."""
    rows = [f"| {shape} | {meaning} |" for shape, meaning in _rows()]
    return "\n".join(["| key (partition / sort) | serves |", "|---|---|", *rows])


def _rows() -> Iterator[tuple[str, str]]:
    source = inspect.getsource(keys)
    for name, comment in _CONSTANT.findall(source):
        yield f"`{getattr(keys, name)}` in `gsi1`", _sentence(comment.removeprefix("index partition: "))
    for name, function in vars(keys).items():
        if not inspect.isfunction(function) or function.__module__ != keys.__name__:
            continue
        if name.startswith("_") or _takes_apart(function):
            continue
        meaning = inspect.getdoc(function) or ""
        place = " in `gsi1`" if meaning.startswith("Index partition: ") else ""
        place = " (sort)" if name.endswith("_sort") else place
        shapes = " or ".join(dict.fromkeys(_shapes(function)))
        yield shapes + place, _sentence(meaning.removeprefix("Index partition: "))
    for name, meaning in _documented_keys(source):
        yield _shape(getattr(keys, name)), _sentence(meaning)


def _takes_apart(function: Callable[..., Any]) -> bool:
    """Whether it reads a key instead of making one."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.name in {"pk", "sk", "sort"} or p.annotation == "Key" for p in parameters)


def _documented_keys(source: str) -> Iterator[tuple[str, str]]:
    """Keys that are constants, with the docstring that follows them."""
    body = ast.parse(source).body
    for here, following in pairwise(body):
        if not isinstance(here, ast.AnnAssign) or not isinstance(here.target, ast.Name):
            continue
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            yield here.target.id, str(following.value.value)


def _sentence(text: str) -> str:
    first = " ".join(text.split("\n\n")[0].split()).rstrip(".")
    return (first[:1].upper() + first[1:]).replace("|", "\\|")


def _shapes(function: Callable[..., Any]) -> Iterator[str]:
    """The key with every argument given; and without those that may be left out."""
    parameters = inspect.signature(function).parameters.values()
    required = {p.name: _placeholder(p) for p in parameters if p.default is inspect.Parameter.empty}
    everything = {p.name: _placeholder(p) for p in parameters}
    with patch.object(ids, "digest", _hash_of):
        yield _shape(function(**required))
        yield _shape(function(**everything))


def _hash_of(*parts: str) -> str:
    return f"<hash of {', '.join(part.strip('<>') for part in parts)}>"


def _placeholder(parameter: inspect.Parameter) -> Any:
    name = parameter.name.rstrip("_")
    if parameter.annotation == "int":
        number = _Named(0)
        number.name = name
        return number
    return f"<{name}>"


def _shape(key: Any) -> str:
    if isinstance(key, str):
        return f"`{key}`"
    parts = [f"`{value}`" for value in key.values()]
    return " / ".join(parts) + (" in `gsi1`" if "gsi1pk" in key else "")
