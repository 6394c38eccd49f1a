"""The functions' code: one directory of `functions/`, `shared/` and the locked wheels for arm64, made without Docker.

All functions share it, so it is uploaded once. What is not in it, and why:
- botocore: the managed runtime has it; it would make the upload five times larger. We call only old, stable APIs.
- .pyc files: Lambda can use them only if they were made by the runtime's own minor version, so they are added when
  this very Python is that version (it halves the import time of a cold start) and left out otherwise.
- `__pycache__`, tests and `infra/`: never run there.
"""

from __future__ import annotations

import compileall
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda as lambda_

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64
_PYTHON = RUNTIME.name.removeprefix("python")
_PLATFORM = "aarch64-manylinux2014"
_OURS = ("functions", "shared")


def python_code(*, bundle: bool) -> lambda_.Code:
    """The asset of every function; `bundle=False` puts a marker in its place, for runners that import the checkout."""
    return lambda_.Code.from_asset(
        str(ROOT / "infra" / "constructs"),
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
        out = Path(output_dir)
        if self._bundle:
            write_bundle(out)
        else:
            (out / "CHECKOUT").write_text("The code is imported from the checkout.\n")
        return True


def write_bundle(out: Path) -> None:
    """Write wheels and our own packages to `out`; the same sources and lock give the same bytes."""
    _install_wheels(out)
    for package in _OURS:
        shutil.copytree(ROOT / package, out / package, ignore=shutil.ignore_patterns("__pycache__"))
    if f"{sys.version_info.major}.{sys.version_info.minor}" == _PYTHON:
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(out, quiet=1, stripdir=str(out), invalidation_mode=mode, workers=1)


def _install_wheels(out: Path) -> None:
    export = ("export", "--frozen", "--no-default-groups", "--no-emit-project", "--quiet")
    requirements = _uv(*export, stdin=None)
    target = ("--target", str(out), "--python-version", _PYTHON, "--python-platform", _PLATFORM)
    options = ("--only-binary", ":all:", "--no-compile-bytecode", "--require-hashes", "--quiet")
    _uv("pip", "install", *target, *options, "-r", "-", stdin=requirements)
    # Left by the installer, never run or read in Lambda, and different on every machine that builds.
    (out / ".lock").unlink(missing_ok=True)
    shutil.rmtree(out / "bin", ignore_errors=True)
    for record in out.glob("*.dist-info/RECORD"):
        record.unlink()


def _uv(*arguments: str, stdin: str | None) -> str:
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(  # noqa: S603 - our own arguments only
        # The CDK's command line asks its children for colours, which the list of requirements must not have.
        [str(uv) if uv.exists() else "uv", "--color", "never", *arguments],
        cwd=ROOT,
        input=stdin,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout
