"""A release: units of one order handed to the warehouse together, and what was shipped of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from shared.backorders.model import Backorder, Line

ReleaseStatus = Literal["released", "partially_shipped", "shipped", "recalled"]

# A release, its order and its lines fit one transaction; larger orders get several releases.
LINES_PER_RELEASE = 90


@dataclass(frozen=True)
class ReleaseLine:
    """`units` are still claimed by the release (shipped ones included); a short pick lowers them."""

    position: int
    line_id: str
    sku: str
    units: int
    shipped: int = 0

    @property
    def open(self) -> int:
        return self.units - self.shipped


@dataclass(frozen=True)
class Shipment:
    """One confirmed shipment. `lines` are (position, units shipped, units returned to allocated)."""

    shipment_id: str
    request_key: str
    digest: str
    at: int
    actor: str
    carrier: str | None
    tracking: str | None
    lines: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Release:
    """`version` rises with every shipment or recall; each is conditional on it."""

    id: str
    backorder_id: str
    n: int
    at: int
    status: ReleaseStatus
    lines: tuple[ReleaseLine, ...]
    shipments: tuple[Shipment, ...] = ()
    version: int = 1

    @property
    def claimed(self) -> dict[int, int]:
        """Units of lines, by position, that this release has or had shipped."""
        return {} if self.status == "recalled" else {line.position: line.units for line in self.lines}


@dataclass(frozen=True)
class ReleaseView:
    """A release, the head of its order, and those of the order's lines that it has units of."""

    head: Backorder
    release: Release
    lines: list[Line]


def release_id(backorder_id: str, n: int) -> str:
    return f"{backorder_id}.r{n}"


def parse_release_id(text: str) -> tuple[str, int] | None:
    """(backorder id, n), or None if the text cannot be a release id."""
    backorder_id, dot, tail = text.rpartition(".r")
    if not dot or not tail.isdecimal() or tail != str(int(tail)):
        return None
    return backorder_id, int(tail)


def unassigned(lines: Iterable[Line], releases: Iterable[Release]) -> list[tuple[Line, int]]:
    """Lines with released units that no release carries yet, and how many; none while a recall is being written."""
    claimed: Counter[int] = Counter()
    for release in releases:
        claimed.update(release.claimed)
    left = ((line, line.released + line.shipped - claimed[line.position]) for line in lines)
    return [(line, min(units, line.released)) for line, units in left if min(units, line.released) > 0]


def status_of(lines: Iterable[ReleaseLine]) -> ReleaseStatus:
    """From the units: shipped when nothing claimed is open."""
    kept = list(lines)
    if all(line.open == 0 for line in kept):
        return "shipped"
    return "partially_shipped" if any(line.shipped for line in kept) else "released"


def after_shipment(release: Release, shipment: Shipment) -> Release:
    """The release once a shipment is confirmed: shipped units rise, returned units leave it."""
    moved = {position: (units, back) for position, units, back in shipment.lines}
    lines = tuple(
        replace(
            line,
            units=line.units - moved.get(line.position, (0, 0))[1],
            shipped=line.shipped + moved.get(line.position, (0, 0))[0],
        )
        for line in release.lines
    )
    return replace(release, lines=lines, status=status_of(lines), shipments=(*release.shipments, shipment))
