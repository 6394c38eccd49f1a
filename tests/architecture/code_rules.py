"""What deployed code does not do, each with the one place where it is done instead."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from functools import cache

from tests.architecture.source import ROOT, Finding, Module

Rule = Callable[[Module], Iterator[Finding]]

ENVIRONMENT = ("shared/runtime/environment.py", "shared/runtime/telemetry.py", "shared/aws/clients.py")
KERNEL = "shared/kernel"
KEYS = "shared/aws/keys.py"

# The auditor reads dumps that were exported from somewhere; it must not trust the code whose work it checks.
_OWN_READING_OF_KEYS = ("shared/audit",)
# `#name` is a placeholder of DynamoDB's expressions there.
_OTHER_MEANING_OF_HASH = ("shared/aws/table.py",)

_TIME = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.gmtime",
    "time.localtime",
}
_CHANCE = ("uuid", "random", "secrets")
_ENVIRONMENT_NAMES = {"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"}
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_ADD = re.compile(r"\bADD\s+[#A-Za-z]")


def environment_outside_its_place(module: Module) -> Iterator[Finding]:
    """The environment is read at each invocation, through `shared.runtime.environment`."""
    if module.path in ENVIRONMENT:
        return
    for node, name in module.mentions():
        if name in _ENVIRONMENT_NAMES:
            yield module.at(node, f"{name}: use shared.runtime.environment")


def time_or_chance_outside_the_kernel(module: Module) -> Iterator[Finding]:
    """Time, ids and randomness come from `shared.kernel`, so that they can be made virtual."""
    if module.inside(KERNEL):
        return
    for found in module.imports:
        if found.top in _CHANCE:
            yield Finding(module.path, found.line, f"{found.top}: use shared.kernel.ids")
    for node, name in module.mentions():
        if name in _TIME:
            yield module.at(node, f"{name}: use shared.kernel.clock")
        elif name == "os.urandom":
            yield module.at(node, f"{name}: use shared.kernel.ids")


@cache
def key_prefixes() -> frozenset[str]:
    """Beginnings of keys, as `keys.py` writes them: `B#`, `PO-OF#`, ..."""
    keys = Module(KEYS, (ROOT / KEYS).read_text(encoding="utf-8"))
    found = {re.match(r"[A-Z-]+#", node.value) for node in keys.strings() if isinstance(node.value, str)}
    return frozenset(match[0] for match in found if match)


def keys_outside_their_module(module: Module) -> Iterator[Finding]:
    """Nobody else builds or takes apart a key."""
    if module.path == KEYS or module.inside(*_OWN_READING_OF_KEYS):
        return
    for literal in module.strings():
        text = str(literal.value)
        if any(text.startswith(prefix) for prefix in key_prefixes()):
            yield module.at(literal, f"{text!r} begins like a key: use shared.aws.keys")
    if module.path in _OTHER_MEANING_OF_HASH:
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            cutting = node.func.attr in {"split", "rsplit", "partition", "rpartition"}
            if cutting and any(isinstance(arg, ast.Constant) and arg.value == "#" for arg in node.args):
                yield module.at(node, "takes a key apart: use shared.aws.keys")


def add_in_update_expressions(module: Module) -> Iterator[Finding]:
    """`ADD` counts twice when it is repeated; `Update.plus` goes with a condition."""
    for node in module.strings():
        if _ADD.search(str(node.value)):
            yield module.at(node, "ADD in an update expression: use Update.plus with a condition")


# Quantities are integers and money is decimal text. These are seconds that somebody waits.
FLOATS = {
    "shared/kernel/ids.py": "seconds of jitter",
    "shared/aws/changes.py": "DynamoDB gives the time of a change in fractions of a second",
    "shared/promising/lead_times/calibration.py": "probabilities",
    "shared/promising/lead_times/card.py": "probabilities and days",
    "shared/promising/lead_times/contest.py": "losses and shares",
    "shared/promising/lead_times/history.py": "working days and weights",
    "shared/promising/lead_times/learner.py": "probabilities and working days",
    "shared/promising/lead_times/pace.py": "probabilities and weights",
    "shared/promising/lead_times/survival.py": "probabilities and working days",
    "shared/promising/lead_times/working_time.py": "working days, with fractions",
}
# A forecast is a distribution: probabilities, logarithms, discounts. What leaves it is whole units.
FORECASTS = "shared/forecasting"
_SECONDS = re.compile(r"seconds|pause|wait|sleep|jitter|backoff", re.IGNORECASE)


def floats(module: Module) -> Iterator[Finding]:
    """No float literal and no `float(...)`, except for seconds and forecasts."""
    if module.path not in FLOATS and not module.inside(FORECASTS):
        yield from all_floats(module)


def all_floats(module: Module) -> Iterator[Finding]:
    """The floats of a module, but for literals whose line says that they are seconds."""
    lines = module.text.splitlines()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            if not _SECONDS.search(lines[node.lineno - 1]):
                yield module.at(node, f"{node.value}: quantities are integers, money is decimal")
        elif isinstance(node, ast.Call) and module.dotted(node.func) == "float":
            yield module.at(node, "float(): quantities are integers, money is decimal")


def bare_excepts(module: Module) -> Iterator[Finding]:
    """An except names what it understands."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield module.at(node, "a bare except")


def prints(module: Module) -> Iterator[Finding]:
    """What a function says goes through `shared.runtime.telemetry`."""
    for call, name in module.calls():
        if name in {"print", "sys.stdout.write", "sys.stderr.write"} and module.path != "shared/runtime/telemetry.py":
            yield module.at(call, f"{name}: use shared.runtime.telemetry")


def unfinished(module: Module) -> Iterator[Finding]:
    """What is left to do stands in an issue, not in the code."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        if token.type in {tokenize.COMMENT, tokenize.STRING} and _UNFINISHED.search(token.string):
            yield Finding(module.path, token.start[0], token.string.strip()[:60])
