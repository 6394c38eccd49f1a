"""Audit the books while business goes on: SKU by SKU, order by order, as far as there is time, again and again.

What is read piece by piece may not be of one moment, and work may still be on its way. So what looks wrong is only a
suspicion; it is a violation if the next run, an hour later, finds the very same figures again. All books are walked
through once a week, which is what reading every line costs; in between only suspects are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared.audit.books import Item
from shared.audit.invariants import Violation, check
from shared.kernel.clock import micros
from shared.kernel.errors import NotFound

_CALLED = {"sku": "item", "order": "backorder", "purchase": "purchase order"}
_WALK_EVERY = timedelta(days=6, hours=23, minutes=30)
SUSPECTS = 200
"""At most so many subjects are remembered as suspect; more than that are found again by later runs."""


@dataclass(frozen=True)
class Subject:
    """What is audited at once: a SKU, an order (by its key) or a purchase order (by its id)."""

    scope: str
    name: str


@dataclass(frozen=True)
class Progress:
    """Where the walk stands, what looked wrong, and when the last walk ended (microseconds). `version` counts the runs
    that left something to remember."""

    after: Subject | None = None
    suspects: Mapping[Subject, frozenset[Violation]] = field(default_factory=dict)
    ended_at: int = 0
    version: int = 0


class AuditStore(Protocol):
    """Reads the books in pieces; every piece holds all that belongs to its subject."""

    def progress(self) -> Progress: ...

    def remember(self, progress: Progress, seen: int) -> None:
        """Nothing happens if another run has moved the walk since version `seen`."""
        ...

    def subjects(self, after: Subject | None) -> Iterator[Subject]:
        """SKUs, then open orders, then open purchase orders."""
        ...

    def items(self, subject: Subject) -> Iterable[Item]: ...


@dataclass
class Audited:
    """What one run did. `violations` are confirmed; `suspects` are subjects that look wrong for the first time."""

    violations: list[Violation] = field(default_factory=list)
    looked_at: int = 0
    suspects: int = 0
    ended: bool = False

    @property
    def drift(self) -> int:
        """Units by which counters are off."""
        return sum(violation.units for violation in self.violations)


def look_at(subject: Subject, store: AuditStore) -> list[Violation]:
    """What looks wrong of one subject now, settled or not."""
    return check(store.items(subject), scopes=(subject.scope,))


def look_at_known(subject: Subject, store: AuditStore) -> list[Violation]:
    """The same of a subject that somebody named. Raises NotFound when there is nothing of that name."""
    items = list(store.items(subject))
    if not items:
        raise NotFound(f"there is no such {_CALLED[subject.scope]}")
    return check(items, scopes=(subject.scope,))


def audit_books(*, store: AuditStore, now: datetime, out_of_time: Callable[[], bool], anew: bool = False) -> Audited:
    """Look at the suspects again, then go on where the last run stopped, to the end of the books at most.

    A new walk begins a week after the last one ended, or `anew`.
    """
    progress, done = store.progress(), Audited()
    suspects: dict[Subject, frozenset[Violation]] = {}

    def look(subject: Subject) -> None:
        found = frozenset(look_at(subject, store))
        done.looked_at += 1
        done.violations += sorted(found & progress.suspects.get(subject, frozenset()), key=str)
        if found and len(suspects) < SUSPECTS:
            suspects[subject] = found

    for subject in progress.suspects:
        look(subject)
    after, ended_at = progress.after, progress.ended_at
    due = anew or after is not None or micros(now - _WALK_EVERY) >= ended_at
    for subject in store.subjects(after) if due else ():
        if out_of_time():
            break
        if subject not in progress.suspects:
            look(subject)
        after = subject
    else:
        done.ended, after = due, None
        ended_at = micros(now) if due else ended_at
    done.suspects = len(suspects)
    after_this = replace(progress, after=after, suspects=suspects, ended_at=ended_at)
    if after_this != progress:
        store.remember(after_this, progress.version)
    return done
