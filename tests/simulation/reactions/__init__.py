"""What follows for others from what happens in the shop: webhooks, people who wait for an item, remedies, reports.

Asked once all has settled, of the table's items as docs/data-model.md describes them, of the mailbox and of the
endpoints.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from shared.audit.wire import plain
from tests.simulation.reactions import hooks, mailboxes, remedies, subscriptions
from tests.simulation.reactions.kept import Kept, Violation
from tests.simulation.universe import Universe

_PARTS = (hooks, mailboxes, remedies, subscriptions)
STATES = frozenset(state for part in _PARTS for state in part.STATES)
"""What must have been reached in some seed of a normal run, by name."""


def broken(universe: Universe) -> Iterator[Violation]:
    """Every rule that does not hold."""
    kept = _kept(universe)
    for part in _PARTS:
        yield from part.broken(universe, kept)


def reached(universe: Universe) -> Iterator[str]:
    """Which of `STATES` this seed has come to, as often as it did."""
    kept = _kept(universe)
    for part in _PARTS:
        yield from part.reached(universe, kept)


def _kept(universe: Universe) -> Kept:
    kept: Kept = defaultdict(list)
    for item in universe.table.items():
        shown = plain(item)
        kept[shown.get("kind", "")].append(shown)
    return kept
