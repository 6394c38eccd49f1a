"""The synthesized template, kept until something it was made from changes.

Synthesis starts a Node and takes seconds; a start with an unchanged stack should take none. What the stack was made
from is recorded while it is made: the project's modules that were imported, beside everything in `infra/`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_CACHE = ROOT / ".local-cache" / "synth"
_SETTINGS = ("cdk.json", "pyproject.toml", "uv.lock")
_BUILD = """
import json, sys
from pathlib import Path
from infra.app import build
root, outdir = Path(sys.argv[1]), Path(sys.argv[2])
template = build(outdir, validation=False, bundle=False)
files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
inside = {str(Path(file).relative_to(root)) for file in files if file and Path(file).is_relative_to(root)}
used = sorted(name for name in inside if not name.startswith(".venv"))
(outdir / "inputs.json").write_text(json.dumps({"template": template.name, "imported": used}))
"""


def template_path(root: Path = ROOT, cache: Path = _CACHE) -> Path:
    """Path of the stack's template, synthesized now if none is kept for the present sources.

    Raises RuntimeError with the synthesis' own words if it fails.
    """
    for inputs in sorted(cache.glob("*/inputs.json")):
        recorded = json.loads(inputs.read_text())
        if inputs.parent.name == _digest(root, recorded["imported"]):
            return inputs.parent / str(recorded["template"])
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".new-", ignore_cleanup_errors=True) as made:
        _synthesize(root, Path(made))
        recorded = json.loads((Path(made) / "inputs.json").read_text())
        kept = cache / _digest(root, recorded["imported"])
        _forget_others(cache)
        try:
            Path(made).rename(kept)
        except OSError:
            if not kept.exists():  # else another process was faster, with the same result
                raise
    return kept / str(recorded["template"])


@cache
def kept_template_path() -> Path:
    """Path of the template of the sources that this process was started from: looked for once."""
    return template_path()


@lru_cache(maxsize=2)
def read_document(path: Path, _changed_at: int) -> Mapping[str, Any]:
    """The template in `path`, to be changed by nobody: hundreds of worlds in a process begin with the same one."""
    document: Mapping[str, Any] = json.loads(path.read_text())
    return document


def _synthesize(root: Path, outdir: Path) -> None:
    command = [sys.executable, "-c", _BUILD, str(root), str(outdir)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"synthesis of the stack failed:\n{done.stderr.strip()}")


def _digest(root: Path, imported: Iterable[str]) -> str:
    """Hash of everything the template depends on; a file that is gone counts as empty."""
    infra = (path for path in (root / "infra").rglob("*.py") if "local" not in path.relative_to(root).parts[:2])
    files = {str(path.relative_to(root)) for path in infra} | set(imported) | set(_SETTINGS)
    digest = hashlib.sha256()
    for name in sorted(files):
        path = root / name
        content = path.read_bytes() if path.exists() else b""
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:20]


def _forget_others(cache: Path) -> None:
    """Keep a few templates, for those who go back and forth between two states of the stack."""
    kept = sorted(cache.glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[3:]:
        shutil.rmtree(old, ignore_errors=True)
