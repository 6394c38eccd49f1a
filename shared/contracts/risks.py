"""Wire shapes of the risk list."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from shared.contracts.common import Model, iso
from shared.forecasting.ports import RiskList
from shared.forecasting.risk import Risk


class ForecastView(Model):
    """Units asked for: half of the times no more than `likely`, nine times in ten no more than `by`."""

    likely: int
    by: int


class RiskView(Model):
    rank: int
    sku: str
    supplier_id: str
    available: int = Field(description="free less waiting; below 0 while customers wait")
    on_order: int
    reorder_point: int
    supply_by: str = Field(description="the day by which an order placed on the next order day would have come")
    demand: ForecastView = Field(description="forecast from the day of the list to `supply_by`")
    probability_percent: int = Field(description="of running out before supply can come")
    runs_out_on: str | None = Field(description="the first day on which it has run out more likely than not")
    unmet_units: str = Field(description="units expected to be asked for in vain before supply comes")
    unmet_value: str = Field(description="`unmet_units` at the item's unit cost; the list is ranked by it")
    currency: str


class RiskPage(Model):
    """One page of the list that was made last, worst first. Before the first night `made_at` is null."""

    made_at: str | None
    demand_through: str | None = Field(description="the last (UTC) day whose demand is in the forecasts")
    watched: int = Field(description="items with a reorder point")
    at_risk: int
    items: list[RiskView]
    next_cursor: str | None


def risk_page(list_: RiskList | None, items: list[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
    return {
        "made_at": iso(list_.made_at) if list_ else None,
        "demand_through": _day(list_.through) if list_ else None,
        "watched": list_.watched if list_ else 0,
        "at_risk": list_.at_risk if list_ else 0,
        "items": items,
        "next_cursor": cursor,
    }


def risk_view(risk: Risk, rank: int, through: int) -> dict[str, Any]:
    return {
        "rank": rank,
        "sku": risk.sku,
        "supplier_id": risk.supplier_id,
        "available": risk.available,
        "on_order": risk.on_order,
        "reorder_point": risk.reorder_point,
        "supply_by": _day(through + risk.days),
        "demand": {"likely": risk.likely, "by": risk.by},
        "probability_percent": risk.probability,
        "runs_out_on": None if risk.runs_out is None else _day(through + risk.runs_out),
        "unmet_units": risk.unmet,
        "unmet_value": risk.value,
        "currency": risk.currency,
    }


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
