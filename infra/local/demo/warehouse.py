"""The warehouse: ships what is released, once a day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from infra.local.demo.chance import happens
from infra.local.demo.service import Json, Service
from infra.local.demo.storefront import Storefront

RULE = (
    "The warehouse ships everything released once a day at 16:00; in 1 parcel of 40 one unit of a line is not found "
    "and is picked again later.",
)

_SHORT_PICK = 1 / 40


@dataclass
class Warehouse:
    """Works off the list of releases."""

    service: Service
    storefront: Storefront
    counts: Counter[str] = field(default_factory=Counter)

    def ship_all(self) -> None:
        """Ship every release that is on the list now."""
        for release in list(self.service.pages("/v1/releases", status="released", limit=100)):
            self._ship(release)

    def _ship(self, release: Json) -> None:
        release_id = release["release_id"]
        body: Json = {"shipment_id": "p-" + release_id[-24:], "carrier": "Parcel Post", "tracking": release_id[-12:]}
        picked = _short_pick(release)
        if picked:
            body["lines"] = picked
            self.counts["short picks"] += 1
        self.service.post("/v1/releases/{}/ship", release_id, body=body, key=body["shipment_id"])
        self.counts["parcels"] += 1


def _short_pick(release: Json) -> list[Json]:
    """The lines of a parcel in which one unit was not found; empty if everything was."""
    if not happens(_SHORT_PICK, "short pick", release["release_id"]):
        return []
    lines = [{"line_id": line["line_id"], "quantity": line["quantity"] - line["shipped"]} for line in release["lines"]]
    largest = max(lines, key=lambda line: line["quantity"])
    if largest["quantity"] == 1 and len(lines) == 1:
        return []
    largest["quantity"] -= 1
    return [line for line in lines if line["quantity"]]
