"""The table of keys, from `shared/aws/keys.py`: its functions are called with placeholders, its docstrings quoted."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from shared.aws import keys

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
    comments = dict(_CONSTANT.findall(inspect.getsource(keys)))
    for name, comment in comments.items():
        yield f"`{getattr(keys, name)}` in `gsi1`", _sentence(comment.removeprefix("index partition: "))
    for name, function in vars(keys).items():
        if not inspect.isfunction(function) or function.__module__ != keys.__name__:
            continue
        if name.startswith(("_", "parse_")):
            continue
        yield " or ".join(dict.fromkeys(_shapes(function))), _sentence(inspect.getdoc(function) or "")


def _sentence(text: str) -> str:
    first = " ".join(text.split("\n\n")[0].split()).rstrip(".")
    return (first[:1].upper() + first[1:]).replace("|", "\\|")


def _shapes(function: Callable[..., Any]) -> Iterator[str]:
    """The key with every argument given; and without those that may be left out."""
    parameters = inspect.signature(function).parameters.values()
    required = {p.name: _placeholder(p) for p in parameters if p.default is inspect.Parameter.empty}
    everything = {p.name: _placeholder(p) for p in parameters}
    with patch.object(keys.ids, "digest", lambda *parts: "".join(parts)):
        yield _shape(function(**required))
        yield _shape(function(**everything))


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
