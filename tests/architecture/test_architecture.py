"""The rules of `import_rules`, `code_rules` and `size_rules`, applied to the whole project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.architecture import code_rules, import_rules, size_rules
from tests.architecture.source import CODE, DEPLOYED, Finding, Module, modules

Rule = Callable[[Module], Iterator[Finding]]

EVERYWHERE: tuple[Rule, ...] = (
    import_rules.forbidden_imports,
    size_rules.long_modules,
    size_rules.long_functions,
    size_rules.deep_functions,
    code_rules.bare_excepts,
    code_rules.unfinished,
)
WHERE_IT_IS_DEPLOYED: tuple[Rule, ...] = (
    import_rules.dynamic_imports,
    code_rules.environment_outside_its_place,
    code_rules.time_or_chance_outside_the_kernel,
    code_rules.keys_outside_their_module,
    code_rules.add_in_update_expressions,
    code_rules.floats,
    code_rules.prints,
)


def _none(findings: Iterable[Finding]) -> None:
    found = [str(finding) for finding in findings]
    assert not found, "\n" + "\n".join(found)


@pytest.fixture(scope="module")
def code() -> list[Module]:
    return modules(*CODE)


@pytest.fixture(scope="module")
def deployed(code: list[Module]) -> list[Module]:
    return [module for module in code if module.inside(*DEPLOYED)]


@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.__name__)
def test_the_project_keeps(rule: Rule, code: list[Module]) -> None:
    _none(finding for module in code for finding in rule(module))


@pytest.mark.parametrize("rule", WHERE_IT_IS_DEPLOYED, ids=lambda rule: rule.__name__)
def test_deployed_code_keeps(rule: Rule, deployed: list[Module]) -> None:
    _none(finding for module in deployed for finding in rule(module))


def test_no_module_imports_itself_by_a_detour(deployed: list[Module]) -> None:
    _none(import_rules.import_cycles(deployed))


def test_every_capability_exists() -> None:
    """A rule about a folder that is gone would hold for ever."""
    found = {module.path for module in modules("shared")}
    zones = [zone.folder for zone in import_rules.ZONES if zone.folder.startswith("shared")]
    assert [zone for zone in zones if f"{zone}/__init__.py" not in found] == []


def test_no_exception_outlives_its_reason(code: list[Module]) -> None:
    by_path = {module.path: module for module in code}
    lengths = {path: len(by_path[path].text.splitlines()) for path in size_rules.LONGER}
    assert [path for path, lines in lengths.items() if lines <= size_rules.MODULE_LINES] == []
    assert [path for path in code_rules.FLOATS if not list(code_rules.all_floats(by_path[path]))] == []


def test_the_rules_see_the_whole_project(code: list[Module]) -> None:
    assert len(code) > 100
    assert {"B#", "Q#", "I#", "PO#"} <= code_rules.key_prefixes()
