"""The flow of work, from the synthesized template, the permissions and the first line of every door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from functions.api.routes import load_all
from infra.local.synth_cache import template_path
from infra.local.template import Template
from infra.permissions import GRANTS
from infra.routes import ROUTES
from shared.runtime.http import REGISTRY

load_all()

ROOT = Path(__file__).resolve().parents[1]


def routes() -> str:
    """Every route, who may use it, and what it does."""
    summaries = {operation.key: operation.summary for operation in REGISTRY}
    rows = [
        f"| `{route.key}` | {', '.join(scope.rpartition('/')[2] for scope in route.scopes) or 'public'} "
        f"| {summaries[route.key]} |"
        for route in ROUTES
    ]
    return "\n".join(["| route | scopes | does |", "|---|---|---|", *rows])


def functions() -> str:
    """Every function in the order of the process: what starts it, what it does, what it hands on."""
    feeds = dict(_feeds(Template.load(template_path())))
    rows = [f"| `{name}` | {feeds[name]} | {_purpose(name)} | {_hands_on(name)} |" for name in GRANTS]
    return "\n".join(["| function | started by | does | hands on to |", "|---|---|---|---|", *rows])


def _feeds(template: Template) -> Iterator[tuple[str, str]]:
    folders = {
        function.name: _folder(function.properties["Handler"]) for function in template.of_type("AWS::Lambda::Function")
    }
    by_arn = {
        template.resolve({"Ref": alias.logical_id}): folders[alias.name]
        for alias in template.of_type("AWS::Lambda::Alias")
    }
    for table in template.of_type("AWS::DynamoDB::Table"):
        template.bind(table.logical_id, "StreamArn", f"arn:aws:dynamodb:::table/{table.name}/stream")
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping"):
        source = mapping.properties["EventSourceArn"]
        fed = "changes of the table" if ":dynamodb:" in source else f"queue `{source.rpartition(':')[2]}`"
        yield by_arn[mapping.properties["FunctionName"]], fed
    for schedule in template.of_type("AWS::Scheduler::Schedule"):
        yield by_arn[schedule.properties["Target"]["Arn"]], f"schedule `{schedule.properties['ScheduleExpression']}`"
    for integration in template.of_type("AWS::ApiGatewayV2::Integration"):
        yield by_arn[integration.properties["IntegrationUri"]], "HTTP API"
    yield from _seen(template, by_arn)


def _seen(template: Template, by_arn: dict[str, str]) -> Iterator[tuple[str, str]]:
    """A dashboard names the function of its tables, which are given the one that their button calls."""
    bodies = [board.properties["DashboardBody"] for board in template.of_type("AWS::CloudWatch::Dashboard")]
    variables = [
        function.properties["Environment"]["Variables"] for function in template.of_type("AWS::Lambda::Function")
    ]
    for arn, folder in by_arn.items():
        if any(f'"{arn}"' in body for body in bodies):
            yield folder, "tables of a dashboard"
        if any(arn in given.values() for given in variables):
            yield folder, "button in such a table"


def _folder(handler: str) -> str:
    return handler.split(".")[1]


def _purpose(name: str) -> str:
    """First line of the door's docstring; what stands before the arrow is in its own column."""
    source = (ROOT / "functions" / name / "handler.py").read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").splitlines()[0]
    _, arrow, rest = first.partition("->")
    return (rest if arrow else first).strip().rstrip(".").replace("|", "\\|")


def _hands_on(name: str) -> str:
    grants = GRANTS[name]
    targets = [f"`{queue}`" for queue in grants.sends_to]
    targets += ["event bus"] * grants.publishes + ["mail"] * grants.mails
    return ", ".join(targets) or ("table" if _writes(grants.table) else "")


def _writes(actions: tuple[str, ...]) -> bool:
    return any(action.endswith(("PutItem", "UpdateItem")) for action in actions)
