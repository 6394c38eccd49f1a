"""Every rule finds what it forbids, and leaves alone what looks like it: a rule that finds nothing proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.architecture import code_rules, import_rules, size_rules
from tests.architecture.source import Finding, Module

Rule = Callable[[Module], Iterator[Finding]]

USE_CASE = "shared/backorders/record.py"
DOOR = "functions/tally_demand/handler.py"
STORE = "shared/aws/demand_store.py"

BROKEN: list[tuple[Rule, str, str]] = [
    (import_rules.forbidden_imports, "shared/kernel/ids.py", "import yaml"),
    (import_rules.forbidden_imports, "shared/kernel/ids.py", "from shared.backorders.model import Line"),
    (import_rules.forbidden_imports, USE_CASE, "from shared.aws.table import Table"),
    (import_rules.forbidden_imports, USE_CASE, "from shared import aws"),
    (import_rules.forbidden_imports, USE_CASE, "from ..aws import keys"),
    (import_rules.forbidden_imports, USE_CASE, "def late():\n    import shared.runtime.telemetry"),
    (import_rules.forbidden_imports, USE_CASE, "import botocore.session"),
    (import_rules.forbidden_imports, USE_CASE, "import boto3"),
    (import_rules.forbidden_imports, USE_CASE, "from pydantic import BaseModel"),
    (import_rules.forbidden_imports, USE_CASE, "from aws_lambda_powertools import Logger"),
    (import_rules.forbidden_imports, USE_CASE, "from shared.contracts.common import Model"),
    (import_rules.forbidden_imports, USE_CASE, "from jinja2 import Template"),
    (import_rules.forbidden_imports, "shared/contracts/events.py", "from shared.aws import keys"),
    (import_rules.forbidden_imports, STORE, "from aws_lambda_powertools import Logger"),
    (import_rules.forbidden_imports, STORE, "from shared.runtime import telemetry"),
    (import_rules.forbidden_imports, STORE, "import boto3"),
    (import_rules.forbidden_imports, "shared/runtime/container.py", "import botocore"),
    (import_rules.forbidden_imports, "shared/runtime/container.py", "import infra.permissions"),
    (import_rules.forbidden_imports, DOOR, "import botocore.config"),
    (import_rules.forbidden_imports, DOOR, "from aws_lambda_powertools import Logger"),
    (import_rules.forbidden_imports, DOOR, "from functions.api import backorders"),
    (import_rules.forbidden_imports, DOOR, "from infra.routes import ROUTES"),
    (import_rules.forbidden_imports, DOOR, "from infra.local import world"),
    (import_rules.forbidden_imports, DOOR, "from tests.functions.service import running"),
    (import_rules.forbidden_imports, "infra/stack.py", "from infra.local.world import World"),
    (import_rules.forbidden_imports, "infra/stack.py", "from shared.aws import keys"),
    (import_rules.forbidden_imports, "infra/stack.py", "from functions.api import handler"),
    (import_rules.forbidden_imports, "infra/operator/new.py", "from infra.local.world import World"),
    (import_rules.forbidden_imports, "infra/operator/new.py", "from shared.aws import keys"),
    (import_rules.forbidden_imports, "infra/local/world.py", "from tests.local import small_stack"),
    (import_rules.forbidden_imports, "shared/novelty/new.py", "import json"),
    (import_rules.dynamic_imports, DOOR, "import importlib\nimportlib.import_module('botocore')"),
    (import_rules.dynamic_imports, DOOR, "from importlib import import_module as load\nload('botocore')"),
    (import_rules.dynamic_imports, DOOR, "__import__('boto3')"),
    (code_rules.environment_outside_its_place, STORE, "import os\nos.environ['TABLE_NAME']"),
    (code_rules.environment_outside_its_place, STORE, "import os as system\nsystem.environ.get('A')"),
    (code_rules.environment_outside_its_place, STORE, "from os import environ\nenviron['A']"),
    (code_rules.environment_outside_its_place, STORE, "import os\nos.getenv('A')"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "from datetime import datetime\ndatetime.now()"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "import datetime as dt\ndt.datetime.utcnow()"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "from datetime import date\ndate.today()"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "import time\ntime.time()"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "from time import time_ns\ntime_ns()"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "import uuid"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "from random import choice"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "import secrets"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "import os\nos.urandom(8)"),
    (code_rules.keys_outside_their_module, STORE, "pk = f'B#{key}'"),
    (code_rules.keys_outside_their_module, STORE, "pk = 'Q#0#' + sku"),
    (code_rules.keys_outside_their_module, DOOR, "pk.removeprefix('PO#')"),
    (code_rules.keys_outside_their_module, DOOR, "rank, order, position = sk.split('#')"),
    (code_rules.add_in_update_expressions, STORE, "update = 'ADD free :units'"),
    (code_rules.add_in_update_expressions, STORE, "update = f'SET a = :b ADD #{name} :units'"),
    (code_rules.floats, "shared/purchasing/consolidate.py", "units = 1.5"),
    (code_rules.floats, "shared/purchasing/consolidate.py", "value = float(text)"),
    (code_rules.bare_excepts, DOOR, "try:\n    work()\nexcept:\n    pass"),
    (code_rules.prints, DOOR, "print('here')"),
    (code_rules.prints, DOOR, "import sys\nsys.stdout.write('here')"),
    (code_rules.unfinished, DOOR, "work()  # TODO: the rest"),
    (code_rules.unfinished, DOOR, '"""FIXME one day"""'),
    (size_rules.long_modules, USE_CASE, "a = 1\n" * 251),
    (size_rules.long_modules, DOOR, "a = 1\n" * 61),
    (size_rules.long_functions, USE_CASE, "def f():\n" + "    a = 1\n" * 40),
    (
        size_rules.deep_functions,
        USE_CASE,
        "def f():\n if a:\n  for b in c:\n   with d:\n    while e:\n     try:\n      pass\n     finally:\n      g()",
    ),
]

KEPT: list[tuple[Rule, str, str]] = [
    (
        import_rules.forbidden_imports,
        USE_CASE,
        "import json\nfrom shared.kernel import ids\nfrom shared.catalog.model import Item",
    ),
    (import_rules.forbidden_imports, "functions/api/handler.py", "from functions.api import routes"),
    (import_rules.forbidden_imports, "infra/stack.py", "from shared.runtime.metric_names import METRICS"),
    (code_rules.environment_outside_its_place, "shared/runtime/environment.py", "import os\nos.environ['A']"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "from shared.kernel import clock\nclock.now()"),
    (code_rules.time_or_chance_outside_the_kernel, USE_CASE, "import time\ntime.sleep(1)"),
    (
        code_rules.time_or_chance_outside_the_kernel,
        "shared/kernel/clock.py",
        "from datetime import datetime\ndatetime.now()",
    ),
    (code_rules.keys_outside_their_module, STORE, "when = '#head = :head'"),
    (code_rules.keys_outside_their_module, STORE, '"""Lines stand under Q#0#sku."""'),
    (code_rules.keys_outside_their_module, "shared/aws/keys.py", "pk = f'B#{key}'"),
    (code_rules.add_in_update_expressions, STORE, "text = 'ADDED to the order'"),
    (code_rules.floats, USE_CASE, "pause(0.5)"),
    (size_rules.long_modules, USE_CASE, "a = 1\n" * 250),
    (size_rules.long_functions, USE_CASE, "def f():\n" + "    a = 1\n" * 39),
    (
        size_rules.deep_functions,
        USE_CASE,
        "def f():\n if a:\n  b()\n elif c:\n  d()\n elif e:\n  g()\n elif h:\n  i()\n elif j:\n  k()",
    ),
]


def _named(case: tuple[Rule, str, str]) -> str:
    return f"{case[0].__name__}-{case[2].strip().splitlines()[-1].strip()[:40]}"


@pytest.mark.parametrize("case", BROKEN, ids=_named)
def test_a_rule_finds_what_it_forbids(case: tuple[Rule, str, str]) -> None:
    rule, path, text = case
    assert len(list(rule(Module(path, text)))) == 1


@pytest.mark.parametrize("case", KEPT, ids=_named)
def test_a_rule_leaves_the_rest_alone(case: tuple[Rule, str, str]) -> None:
    rule, path, text = case
    assert list(rule(Module(path, text))) == []


def test_a_cycle_is_found_however_long() -> None:
    modules = [
        Module("shared/a/one.py", "from shared.a.two import x"),
        Module("shared/a/two.py", "import shared.a.three"),
        Module("shared/a/three.py", "def late():\n    from shared.a import one"),
        Module("shared/a/four.py", "from shared.a.one import y"),
    ]
    found = {finding.path for finding in import_rules.import_cycles(modules)}
    assert found == {"shared/a/one.py", "shared/a/two.py", "shared/a/three.py"}
