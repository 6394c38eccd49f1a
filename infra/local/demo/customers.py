"""Customers who have to wait: a few change their mind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from infra.local.demo.agenda import Agenda
from infra.local.demo.chance import fraction
from infra.local.demo.service import Json, RefusedError, Service
from infra.local.demo.storefront import PARCEL, Storefront

RULE = (
    "Of the customers who wait, by the hash of the order: 4 % cancel what waits after 2 to 12 days, 4 % want half of a "
    "waiting line, 3 % switch a waiting line to its alternative, 3 % go from hold to split or back.",
)

_CHOICES = (("cancel", 0.04), ("amend", 0.08), ("switch", 0.11), ("reship", 0.14))
_PATIENCE_DAYS, _SPREAD_DAYS = 2, 10
_REFUSALS = frozenset({409, 422})


@dataclass
class Customers:
    """Decides from what the service shows of an order, and acts through the storefront's API."""

    service: Service
    storefront: Storefront
    agenda: Agenda
    alternatives: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)

    def consider(self, view: Json) -> None:
        """A customer who waits may come back some days later."""
        if not any(line["quantities"]["waiting"] for line in view["lines"]):
            return
        mood = fraction("mood", view["order_id"])
        choice = next((name for name, below in _CHOICES if mood < below), None)
        if choice is None:
            return
        days = _PATIENCE_DAYS + fraction("patience", view["order_id"]) * _SPREAD_DAYS
        act: Callable[[Json], bool] = getattr(self, f"_{choice}")
        self.agenda.add(self.service.now + timedelta(days=days), lambda: self._come_back(view["backorder_id"], act))

    def _come_back(self, backorder_id: str, act: Callable[[Json], bool]) -> None:
        view = self.storefront.look(backorder_id)
        name = act.__name__.removeprefix("_")
        try:
            done = act(view)
        except RefusedError as refused:
            if refused.status not in _REFUSALS:
                raise
            self.counts[f"{name}: refused"] += 1
            return
        self.counts[f"{name}: done" if done else f"{name}: no longer needed"] += 1

    def _cancel(self, view: Json) -> bool:
        lines = _waiting(view)
        if not lines:
            return False
        wanted = [{"line_id": line["line_id"], "quantity": line["quantities"]["waiting"]} for line in lines]
        body = {"lines": wanted, "reason": "waited too long"}
        key = f"gave-up-{view['order_id']}"
        self.service.post("/v1/backorders/{}/cancel", view["backorder_id"], body=body, key=key, scope="storefront")
        return True

    def _amend(self, view: Json) -> bool:
        line = next((line for line in _waiting(view) if line["quantities"]["waiting"] > 1), None)
        if line is None:
            return False
        units = line["quantities"]
        live = units["ordered"] - units["cancelled"] - units["switched"]
        body = {"lines": [{"line_id": line["line_id"], "quantity": live - units["waiting"] // 2}]}
        self.service.patch("/v1/backorders/{}", view["backorder_id"], body=body, version=view["version"])
        return True

    def _switch(self, view: Json) -> bool:
        line = next((line for line in _waiting(view) if line["sku"] in self.alternatives), None)
        if line is None:
            return False
        body = {"sku": self.alternatives[line["sku"]], "quantity": line["quantities"]["waiting"]}
        self.service.post(
            "/v1/backorders/{}/lines/{}/switch",
            view["backorder_id"],
            line["line_id"],
            body=body,
            key=f"switch-{view['order_id']}",
            scope="storefront",
        )
        return True

    def _reship(self, view: Json) -> bool:
        if not _waiting(view) or len(view["lines"]) > PARCEL:
            return False
        body = {"shipping": "split" if view["shipping"] == "hold" else "hold"}
        self.service.patch("/v1/backorders/{}", view["backorder_id"], body=body, version=view["version"])
        return True


def _waiting(view: Json) -> list[Json]:
    return [line for line in view["lines"] if line["quantities"]["waiting"]]
