"""The project's Python files, parsed once, and the questions the rules ask about them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOYED = ("functions", "shared")
CODE = (*DEPLOYED, "infra")


@dataclass(frozen=True)
class Finding:
    """A rule that is broken, and where."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Import:
    """One imported name in full, e.g. `shared.aws.keys` for `from shared.aws import keys`."""

    name: str
    line: int

    @property
    def top(self) -> str:
        return self.name.partition(".")[0]

    def within(self, package: str) -> bool:
        """Whether it is this package or lies in it."""
        return self.name == package or self.name.startswith(package + ".")


@dataclass(frozen=True)
class Module:
    """One file; `path` is relative to the project, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def inside(self, *folders: str) -> bool:
        """Whether it lies in one of these folders (or is one of these files)."""
        return any(self.path == folder or self.path.startswith(folder + "/") for folder in folders)

    def at(self, node: ast.AST, what: str) -> Finding:
        """A finding at a node."""
        return Finding(self.path, getattr(node, "lineno", 1), what)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import, wherever it stands; relative ones made absolute."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[Import]:
        package = self.name.split(".") if self.path.endswith("/__init__.py") else self.name.split(".")[:-1]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, node.lineno)
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                start = [*base, *(node.module.split(".") if node.module else [])]
                for alias in node.names:
                    yield Import(".".join([*start, alias.name]), node.lineno)

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What an imported name stands for: `dt` -> `datetime` after `import datetime as dt`."""
        known: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    known[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        return known

    def dotted(self, node: ast.expr) -> str | None:
        """The full name an expression like `datetime.now` means, through the imports; None if it is no name."""
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            start = self.dotted(node.value)
            return None if start is None else f"{start}.{node.attr}"
        return None

    def mentions(self) -> Iterator[tuple[ast.expr, str]]:
        """Every name and attribute in it, with its full name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name | ast.Attribute):
                full = self.dotted(node)
                if full is not None:
                    yield node, full

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """Ids of the nodes that only document: strings that stand alone as a statement."""
        return frozenset(
            id(node.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        )

    def strings(self) -> Iterator[ast.Constant]:
        """String literals that do something, pieces of f-strings among them."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in self.docstrings:
                yield node

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call of something that has a name, with its full name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                full = self.dotted(node.func)
                if full is not None:
                    yield node, full

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def modules(*folders: str) -> list[Module]:
    """The Python files below these folders, in order."""
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [Module(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in files]
