"""What SES tells of the mails it took, as it may come: late and so in another order, twice, or never."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulation.accidents import Accidents
from tests.simulation.catalogue import REPORTS
from tests.simulation.trace import Trace

SITE = "report of SES"

PutOff = Callable[[Callable[[], object], Random], object]


class Reports:
    """Stands between SES and the bus. `published` are the reports that came or will come, in no order."""

    def __init__(self, ses: Any, put_off: PutOff, accidents: Accidents, trace: Trace) -> None:
        self._publish, self._put_off = ses.reports, put_off
        self._accidents, self._trace = accidents, trace
        self.published: list[dict[str, Any]] = []
        ses.reports = self.report

    def report(self, type_: str, detail: dict[str, Any]) -> None:
        """One report about one mail."""
        accident = self._accidents.draw(REPORTS, SITE, SITE)
        kind = accident.kind if accident else ""
        self._trace.add("report", type_, kind)
        if accident and kind == "report never":
            return
        self.published.append(detail)
        if accident and kind == "report late":
            self._put_off(lambda: self._publish(type_, detail), accident.chance())
            return
        self._publish(type_, detail)
        if accident:
            self._put_off(lambda: self._publish(type_, copy.deepcopy(detail)), accident.chance())
