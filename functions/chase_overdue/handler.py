"""Schedule -> what nobody else would notice: late suppliers, abandoned recordings, held sets, silent mails."""

from __future__ import annotations

from typing import Any

from shared.runtime import telemetry


@telemetry.entry
def handler(event: dict[str, Any], context: Any) -> None:
    telemetry.log("chase_overdue")
