from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.app import ROOT, build
from infra.bundle import copy_sources
from infra.options import Options
from tests.infra.template import Template

MEGABYTE = 1_000_000


def options(**context: str) -> Options:
    return Options.from_context(context.get)


def test_without_context_the_options_are_those_of_production() -> None:
    assert options() == Options()
    assert options().name("record-backorders") == "record-backorders"


def test_another_stage_prefixes_every_name() -> None:
    assert options(stage="test").name("allocate-stock.fifo") == "test-allocate-stock.fifo"


@pytest.mark.parametrize("stage", ["", "Prod", "1st", "a-b", "x" * 13])
def test_a_stage_that_cannot_be_part_of_a_name_is_refused(stage: str) -> None:
    with pytest.raises(ValueError, match="stage"):
        options(stage=stage)


@pytest.mark.parametrize("key", ["jwt_issuer", "jwt_audience"])
def test_half_an_issuer_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="both or neither"):
        options(**{key: "x"})


def test_a_canary_is_on_or_off() -> None:
    assert options().canary
    assert not options(canary="off").canary
    with pytest.raises(ValueError, match="canary"):
        options(canary="false")


@pytest.mark.parametrize("dollars", ["", "0", "-1", "2.5", "ten", "1e3", "\u0663", "9" * 9])
def test_a_bound_of_spending_is_a_whole_number_of_dollars(dollars: str) -> None:
    assert options(spend_per_day_usd="25").spend_per_day_usd == 25
    with pytest.raises(ValueError, match="context spend_per_day_usd"):
        options(spend_per_day_usd=dollars)


@pytest.mark.parametrize(
    "address", ["docs/", "https://git.example/main", "https://git.example/a b/", "https://" + "x/" * 97]
)
def test_runbooks_are_in_a_folder_of_an_address_that_leaves_room_for_what_an_alarm_says(address: str) -> None:
    longest = "https://" + "x/" * 95
    assert options(runbooks=f" {longest} ").runbooks == longest
    with pytest.raises(ValueError, match="context runbooks"):
        options(runbooks=address)


def test_a_stack_without_storefronts_is_refused() -> None:
    with pytest.raises(ValueError, match="storefront_clients"):
        options(storefront_clients=" , ")


def test_caches_stay_on_the_machine_that_made_them(tmp_path: Path) -> None:
    for package in ("functions", "shared"):
        cache = tmp_path / "checkout" / package / "api" / "__pycache__"
        cache.mkdir(parents=True)
        (cache / "handler.cpython-311.pyc").touch()
        (cache.parent / "handler.py").touch()
    copy_sources(tmp_path / "checkout", tmp_path / "out")
    copied = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert copied == ["functions/api/handler.py", "shared/api/handler.py"]


@pytest.fixture(scope="module")
def nag(assembly: Path) -> dict[str, Any]:
    reports = json.loads((assembly / "validation-report.json").read_text())["pluginReports"]
    (report,) = [report for report in reports if report["pluginName"] == "AwsSolutions"]
    return report


@pytest.fixture(scope="module")
def code(assembly: Path) -> Path:
    (asset,) = assembly.glob("asset.*")
    return asset


@pytest.mark.slow
def test_cdk_nag_has_looked_at_the_whole_stack_and_objects_to_nothing(nag: dict[str, Any], template: Template) -> None:
    assert nag["conclusion"] == "success"
    assert nag["violations"] == []
    assert len(template.resources) > 150


@pytest.mark.slow
def test_every_accepted_finding_exists_and_has_a_reason(nag: dict[str, Any], assembly: Path) -> None:
    metadata = json.loads((assembly / "Backorders.metadata.json").read_text())
    accepted = {
        (path.removeprefix("/"), rule)
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:acknowledged-rules"
        for rule in entry["data"]
    }
    found = {(finding["acknowledgedAt"], finding["acknowledgedId"]) for finding in nag["suppressedViolations"]}
    assert accepted == found
    assert all(len(finding["reason"]) > 40 for finding in nag["suppressedViolations"])


@pytest.mark.slow
def test_cfn_lint_has_nothing_to_say(template: Template) -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, template.path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
def test_without_code_nothing_in_the_template_changes_but_the_code(template: Template, tmp_path: Path) -> None:
    bare = Template(build(tmp_path, validation=False, bundle=False))
    keys = {f["Code"]["S3Key"] for t in (template, bare) for f in t.of("Lambda::Function").values()}
    assert len(keys) == 2
    assert _without_code(bare) == _without_code(template)


def _without_code(template: Template) -> str:
    """The template without what tells one code from another: the asset, and the ids of the versions made of it."""
    text = json.dumps(template.document)
    for function in template.of("Lambda::Function").values():
        text = text.replace(function["Code"]["S3Key"], "code")
    return re.sub(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}", r"\1", text)


@pytest.mark.slow
def test_the_code_is_ours_and_arm64_and_small(code: Path) -> None:
    assert (code / "shared" / "kernel").is_dir()
    assert (code / "functions").is_dir()
    assert not list(code.rglob("__pycache__"))
    machine_code = list(code.rglob("*.so"))
    assert machine_code
    assert [path.name for path in machine_code if "314-aarch64" not in path.name] == []
    assert not (code / "botocore").exists()
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in code.rglob("*"):
            archive.write(path, path.relative_to(code))
    assert len(zipped.getvalue()) <= 12 * MEGABYTE


@pytest.mark.slow
def test_two_builds_give_the_same_code(tmp_path: Path) -> None:
    names = set()
    for outdir in (tmp_path / "first", tmp_path / "second"):
        build(outdir, validation=False)
        names |= {asset.name for asset in outdir.glob("asset.*")}
    assert len(names) == 1


@pytest.mark.slow
def test_the_code_does_not_name_the_machine_it_was_built_on(code: Path) -> None:
    traces = [str(ROOT).encode(), sys.prefix.encode()]
    files = [path for path in code.rglob("*") if path.is_file()]
    assert len(files) > 500
    assert [path for path in files if any(trace in path.read_bytes() for trace in traces)] == []
