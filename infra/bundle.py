"""Writes what runs in Lambda: `functions/`, `shared/` and the locked wheels for arm64, without Docker.

What is left out, and why:
- botocore: the managed runtime has it, and it would make the upload five times larger. Only old, stable calls are used.
- .pyc files: Lambda can use only those of its own minor version, so they are added when this very Python is that
  version (it halves the import time of a cold start) and left out otherwise.
- caches, scripts and the installer's records: they differ between machines, and nothing there reads them.
"""

from __future__ import annotations

import compileall
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_PLATFORM = "aarch64-manylinux2014"
_OURS = ("functions", "shared")


def write_bundle(out: Path, python: str) -> None:
    """Fill `out` for a runtime such as "3.14"; the same sources and lock give the same bytes."""
    _install_wheels(out, python)
    copy_sources(ROOT, out)
    if f"{sys.version_info.major}.{sys.version_info.minor}" == python:
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(out, quiet=1, stripdir=str(out), invalidation_mode=mode, workers=1)


def copy_sources(root: Path, out: Path) -> None:
    """Copy our own packages from the checkout at `root`."""
    for package in _OURS:
        shutil.copytree(root / package, out / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))


def _install_wheels(out: Path, python: str) -> None:
    requirements = _uv("export", "--frozen", "--no-default-groups", "--no-emit-project", "--quiet")
    target = ("--target", str(out), "--python-version", python, "--python-platform", _PLATFORM)
    options = ("--only-binary", ":all:", "--no-compile-bytecode", "--require-hashes", "--quiet")
    _uv("pip", "install", *target, *options, "-r", "-", stdin=requirements)
    (out / ".lock").unlink(missing_ok=True)
    shutil.rmtree(out / "bin", ignore_errors=True)
    for record in out.glob("*.dist-info/RECORD"):
        record.unlink()


def _uv(*arguments: str, stdin: str | None = None) -> str:
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
