"""How large things may become before they have to be taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Finding, Module

MODULE_LINES = 250
FUNCTION_LINES = 40
DOOR_LINES = 60
DEPTH = 4

_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

# Larger on purpose: a list that is read from top to bottom gains nothing from being two.
LONGER = {
    "infra/stack.py": 320,  # the process of the business, read from top to bottom
    "infra/constructs/dashboards/rows.py": 360,  # one screen, read from top to bottom
    "shared/contracts/backorders.py": 380,  # the wire shapes of one resource, one class after the other
    "shared/aws/keys.py": 480,  # every key of the table in one file is the point of it
    "infra/local/engine/sqs/queue.py": 260,  # one queue's life of a message, step by step
    "shared/aws/table.py": 370,  # the one wrapper of DynamoDB: its parts need each other's placeholders
}


def long_modules(module: Module) -> Iterator[Finding]:
    """At most 250 lines a module, 60 a door."""
    lines = len(module.text.splitlines())
    door = module.inside("functions") and module.path.endswith("/handler.py")
    limit = DOOR_LINES if door else LONGER.get(module.path, MODULE_LINES)
    if lines > limit:
        yield Finding(module.path, lines, f"{lines} lines, at most {limit}")


def long_functions(module: Module) -> Iterator[Finding]:
    """At most 40 lines a function, its docstring included."""
    for function in module.functions():
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES:
            yield module.at(function, f"{function.name} has {lines} lines, at most {FUNCTION_LINES}")


def deep_functions(module: Module) -> Iterator[Finding]:
    """At most 4 blocks inside each other; `elif` does not count as one more."""
    for function in module.functions():
        depth = _depth(function)
        if depth > DEPTH:
            yield module.at(function, f"{function.name} nests {depth} deep, at most {DEPTH}")


def _depth(node: ast.AST) -> int:
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            continue
        elif_ = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, _depth(child) + (isinstance(child, _BLOCKS) and not elif_))
    return deepest
