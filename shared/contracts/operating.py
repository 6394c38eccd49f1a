"""What operators ask of the books, and what they did, on the wire."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from shared.contracts.backorders import LineRef
from shared.contracts.common import Id, Model, Reason, Sku, WrongAt, iso
from shared.trail.model import Action

Json = dict[str, Any]


class AuditBody(Model):
    """Exactly one thing to look at."""

    sku: Sku | None = None
    backorder_id: LineRef | None = None
    purchase_order_id: LineRef | None = None

    @model_validator(mode="after")
    def _one(self) -> AuditBody:
        if sum(value is not None for value in (self.sku, self.backorder_id, self.purchase_order_id)) != 1:
            raise WrongAt("exactly one of sku, backorder_id and purchase_order_id is needed", "sku")
        return self


class ViolationView(Model):
    """A rule of the books that does not hold; `units` by how much."""

    rule: str
    where: str
    detail: str
    units: int


class AuditView(Model):
    """What looks wrong now. Work on its way may look wrong for a moment; what an hour later still does, is."""

    violations: list[ViolationView]


class RepairBody(Model):
    """Bring the counters of a SKU to what lines and ledger say, once per `repair_id`. A dry run writes nothing."""

    repair_id: Id
    sku: Sku
    reason: Reason
    dry_run: bool = False


class RepairView(Model):
    """Units added to each counter (negative: taken off); all zero if they were right."""

    repair_id: str
    sku: str
    dry_run: bool
    waiting: int
    free: int
    received: int
    corrections: int


class ActionView(Model):
    """One action of an operator. `detail` depends on what it was."""

    at: str
    actor: str
    action: str
    about: str
    reason: str
    detail: Annotated[dict[str, Any], Field(json_schema_extra={"additionalProperties": True})]


class ActionPage(Model):
    """Latest first."""

    items: list[ActionView]
    next_cursor: str | None


def action_view(action: Action) -> Json:
    """An action as everybody reads it."""
    shown = {name: getattr(action, name) for name in ("actor", "about", "reason")}
    return {"at": iso(action.at), "action": action.what, **shown, "detail": dict(action.detail)}
