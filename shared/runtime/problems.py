"""Errors as RFC 9457 problems: one shape for everything that is not 2xx, and nothing in it that the client wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from shared.kernel.errors import FieldError, InProgress, Invalid, ServiceError, Unavailable

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:backorders:problem:"
_MOST_ERRORS = 100

# pydantic's error type -> plain words; {name} are values of the rule, never of the request.
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this object",
    "string_type": "must be a text",
    "string_unicode": "must be well-formed Unicode",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "none_required": "must be null",
    "too_short": "must have at least {min_length} element(s)",
    "too_long": "must have at most {max_length} elements",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "finite_number": "must be a finite number",
}


def problem(error: ServiceError, *, path: str, trace_id: str) -> dict[str, Any]:
    """The document for one error. `instance` is the path asked for; of pages behind a token only the beginning."""
    return {
        "type": TYPE_PREFIX + error.code,
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": _instance(path),
        "errors": [_entry(field) for field in error.errors],
        "trace_id": trace_id,
    }


def retry_after(error: ServiceError) -> int | None:
    """Seconds to wait before trying again, where trying again makes sense."""
    if error.retry_after is not None:
        return error.retry_after
    return 1 if isinstance(error, Unavailable | InProgress) else None


def unexpected() -> ServiceError:
    """What a client sees of an error nobody expected: nothing."""
    return ServiceError("the request could not be completed; the trace_id leads to the cause")


def invalid_body(error: ValidationError) -> ServiceError:
    """Every wrong field with its JSON pointer, in plain words."""
    return listed(field_errors(error), most=_MOST_ERRORS)


def listed(fields: Sequence[FieldError], *, most: int) -> ServiceError:
    """One error for many wrong fields; at most `most` are listed, and the number of all is said."""
    if len(fields) == 1:
        return Invalid("one field is not valid", errors=tuple(fields))
    more = f"; the first {most} are listed" if len(fields) > most else ""
    return Invalid(f"{len(fields)} fields are not valid{more}", errors=tuple(fields[:most]))


def field_errors(error: ValidationError, row: int | None = None) -> list[FieldError]:
    """What pydantic found, field by field. The error holds what the client sent: it must not travel on."""
    found = error.errors(include_url=False, include_input=False)
    return [FieldError(pointer((*one["loc"], *_within(one))), _words(one), row) for one in found]


def pointer(location: Iterable[str | int]) -> str:
    """RFC 6901: `/lines/3/quantity`; empty for the whole document."""
    # pydantic marks a wrong key of a map by a last step of its own
    steps = [str(step) for step in location if step != "[key]"]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _entry(field: FieldError) -> dict[str, Any]:
    entry: dict[str, Any] = {"pointer": _safe(field.pointer), "detail": field.detail}
    return entry if field.row is None else {"row": field.row, **entry}


def _within(error: Any) -> Sequence[str | int]:
    """The field that a rule about several fields names."""
    within: Sequence[str | int] = getattr(error.get("ctx", {}).get("error"), "at", ())
    return within


def _words(error: Any) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    template = _WORDS.get(error["type"])
    return template.format(**context) if template else str(error["msg"])


def _instance(path: str) -> str:
    shown = path if path.startswith("/v1/") else "/".join(path.split("/")[:2])
    return quote(shown.encode("utf-8", "replace"))


def _safe(text: str) -> str:
    """A pointer may contain a field name the client made up: cut, and without lone surrogates."""
    return text[:200].encode("utf-8", "replace").decode()
