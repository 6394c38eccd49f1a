"""An error by its kind and place, for a log that may not quote what a customer wrote."""

from __future__ import annotations

import traceback
from typing import Any

from shared.kernel.errors import ServiceError

_FRAMES = 12
_CAUSES = 5


def describe(error: BaseException, causes: int = _CAUSES) -> dict[str, Any]:
    """Kind, code and frames of an error and of what caused it; for AWS errors the code and the operation.

    At most so many causes are followed: a chain can be a circle, and a report must never fail.
    """
    out: dict[str, Any] = {"error": type(error).__name__, "frames": _frames(error)}
    if isinstance(error, ServiceError):
        out["error_code"] = error.code
        out["error_pointers"] = [field.pointer for field in error.errors]
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        out["aws_error"] = answer.get("Error", {}).get("Code")
        out["aws_operation"] = getattr(error, "operation_name", None)
    if isinstance(error, KeyError) and str(error.args[0]).startswith("environment variable"):
        out["missing"] = error.args[0]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and causes:
        out["caused_by"] = describe(cause, causes - 1)
    return out


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{'/'.join(f.filename.split('/')[-3:])}:{f.lineno} {f.name}" for f in frames]
