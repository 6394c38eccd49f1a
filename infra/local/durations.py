"""ISO 8601 durations (`PT36H`, `P7D`) to timedeltas and back."""

from __future__ import annotations

import re
from datetime import timedelta

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)


def parse_duration(text: str) -> timedelta:
    """The length of `text`. Years and months have no fixed length and are refused: ValueError."""
    match = _DURATION.fullmatch(text)
    parts = {k: float(v) for k, v in match.groupdict().items() if v is not None} if match else {}
    if not parts or text.endswith("T"):
        raise ValueError(f"not an ISO 8601 duration of weeks, days, hours, minutes or seconds: {text!r}")
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise ValueError(f"duration too long: {text!r}") from error
