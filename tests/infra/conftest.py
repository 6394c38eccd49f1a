from __future__ import annotations

from pathlib import Path

import pytest

from infra.app import build
from tests.infra.template import Template


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make synth` writes: validated, with the functions' code."""
    outdir = tmp_path_factory.mktemp("assembly")
    try:
        build(outdir)
    except RuntimeError as error:  # from Node; its trace runs through the whole CDK and helps nobody
        pytest.fail(f"synthesis failed: {error}", pytrace=False)
    return outdir


@pytest.fixture(scope="session")
def template(assembly: Path) -> Template:
    return Template(assembly / "Backorders.template.json")
