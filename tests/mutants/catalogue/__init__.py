"""The seeded bugs, spread over everything that moves or counts units, orders, promises, mails and purchases.

Covered twice, and therefore not among them, because another guard makes the same mistake harmless:

* the version of what planning remembers of a supplier: the needs and the order's own lines have conditions of their own;
* a claim of a mail over a newer snapshot: the notice of that revision is there already, and its write needs it not to be.
"""

from __future__ import annotations

from tests.mutants.bug import Bug
from tests.mutants.catalogue import asking, buying, deciding, meetings, orders, reacting, serving, sets, stock, watching

_PARTS = (stock, serving, sets, orders, meetings, buying, deciding, asking, watching, reacting)
BUGS: tuple[Bug, ...] = tuple(bug for part in _PARTS for bug in part.BUGS)
