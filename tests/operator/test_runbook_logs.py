"""What the runbooks ask the log for in an account: since when, and whether a line could ever have it."""

from __future__ import annotations

import re
import shlex

from infra.constructs.http_api import ACCESS_LOG
from shared.runtime.telemetry import FIELDS
from tests.operator.runbook_files import IN_AWS, commands

_OF_LOGGER = {"level", "message", "service", "error"}


def asked() -> list[dict[str, str]]:
    """The options of every question to a log."""
    words = [shlex.split(line) for line in commands(IN_AWS) if "filter-log-events" in line]
    return [dict(zip(one[3::2], one[4::2], strict=True)) for one in words]


def test_every_question_to_the_log_says_since_when() -> None:
    """Else it reads all that is kept, the oldest first."""
    assert len(asked()) > 15
    assert {one.get("--start-time") for one in asked()} == {"$SINCE"}


def test_every_question_is_about_a_field_that_lines_have() -> None:
    """A document of metrics has none of an order: who asks it for one finds nothing."""
    for one in asked():
        fields = set(re.findall(r"\$\.(\w+)", one["--filter-pattern"]))
        known = set(ACCESS_LOG) if "api-access" in one["--log-group-name"] else FIELDS | _OF_LOGGER
        assert fields, one
        assert fields <= known, one


def test_figures_of_the_access_log_are_texts_and_are_not_compared_with_numbers() -> None:
    patterns = [one["--filter-pattern"] for one in asked() if "api-access" in one["--log-group-name"]]
    assert patterns
    assert [pattern for pattern in patterns if re.search("[<>]", pattern)] == []
