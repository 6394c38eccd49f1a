"""The seeded bugs, spread over everything that moves or counts units, orders, promises, mails and purchases."""

from __future__ import annotations

from tests.mutants.bug import Bug
from tests.mutants.catalogue import buying, orders, serving, stock

BUGS: tuple[Bug, ...] = (*stock.BUGS, *serving.BUGS, *orders.BUGS, *buying.BUGS)
