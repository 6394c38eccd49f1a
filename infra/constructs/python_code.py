"""The functions' code as one asset: all functions share it, so it is uploaded once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

from infra.bundle import write_bundle

RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64


def python_code(*, bundle: bool) -> lambda_.Code:
    """The asset of every function; `bundle=False` puts a marker in its place, for runners that import the checkout."""
    return lambda_.Code.from_asset(
        str(Path(__file__).parent),  # must exist; what the asset holds, and its hash, is what the bundling writes
        asset_hash_type=cdk.AssetHashType.OUTPUT,
        bundling=cdk.BundlingOptions(
            image=cdk.DockerImage.from_registry("unused-because-bundled-locally"),
            local=_Bundling(bundle=bundle),
        ),
    )


@jsii.implements(cdk.ILocalBundling)
class _Bundling:
    def __init__(self, *, bundle: bool) -> None:
        self._bundle = bundle

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """Called by the CDK, which falls back to Docker when this answers False; it never does."""
        if self._bundle:
            write_bundle(Path(output_dir), RUNTIME.name.removeprefix("python"))
        else:
            (Path(output_dir) / "CHECKOUT").write_text("The code is imported from the checkout.\n")
        return True
