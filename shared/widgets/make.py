"""One widget by its name: reads what it shows and renders it. The only parameters are `widget` and `limit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from shared.kernel.clock import from_micros
from shared.kernel.errors import Invalid
from shared.purchasing import otif
from shared.widgets.late_suppliers import supplier_rows
from shared.widgets.oldest_lines import LOOKED_AT, oldest_lines
from shared.widgets.ports import Screen
from shared.widgets.render import render

LIMIT = 12
MOST = 100

Facts = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a widget is made for: rows at most, the present instant, the merchant's calendar."""

    limit: int
    now: datetime
    zone: tzinfo

    @property
    def shown_at(self) -> str:
        return self.minute(self.now)

    def minute(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M %Z")


def make_widget(parameters: Mapping[str, Any], *, screen: Screen, now: datetime, zone: tzinfo, redrive: str) -> str:
    """The HTML of the widget that `parameters` name; `redrive` is the ARN that its button calls.

    Parameters that make no sense are answered with HTML that names them, because nobody reads an error elsewhere.
    """
    try:
        name, limit = _parameters(parameters)
    except Invalid as error:
        return render("refused", {"errors": [f"{one.pointer}: {one.detail}" for one in error.errors]})
    asked = Asked(limit, now, zone)
    return render(name, {**_FACTS[name](screen, asked), "redrive": redrive, "shown_at": asked.shown_at})


def _parameters(parameters: Mapping[str, Any]) -> tuple[str, int]:
    """Raises Invalid."""
    name, limit = parameters.get("widget"), parameters.get("limit", LIMIT)
    if not isinstance(name, str) or name not in _FACTS:
        raise Invalid.at("/widget", f"is one of {', '.join(_FACTS)}")
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= MOST:
        raise Invalid.at("/limit", f"is a whole number from 1 to {MOST}")
    return name, limit


def _oldest_lines(screen: Screen, asked: Asked) -> Facts:
    views = list(screen.open_orders(LOOKED_AT))
    rows = oldest_lines(views, now=asked.now, limit=asked.limit)
    return {"rows": rows, "looked_at": len(views), "cut_off": len(views) >= LOOKED_AT}


def _late_suppliers(screen: Screen, asked: Asked) -> Facts:
    records = otif.record_of(screen.sent_orders(asked.now), asked.now, asked.zone)
    window = {"early": otif.EARLY_DAYS, "late": otif.LATE_DAYS, "days": otif.PERIOD_DAYS}
    return {"rows": supplier_rows(records, asked.limit), "suppliers": len(records), "window": window}


def _risks(screen: Screen, asked: Asked) -> Facts:
    found = screen.risks(asked.limit)
    if found is None:
        return {"list": None, "rows": []}
    listed, risks = found
    return {
        "list": {
            "watched": listed.watched,
            "at_risk": listed.at_risk,
            "made": asked.minute(from_micros(listed.made_at)),
        },
        "rows": [
            {
                "sku": risk.sku,
                "supplier_id": risk.supplier_id,
                "probability": risk.probability,
                "runs_out": "" if risk.runs_out is None else _day(listed.through + risk.runs_out),
                "supply_by": _day(listed.through + risk.days),
                "available": risk.available,
                "on_order": risk.on_order,
                "unmet": risk.unmet,
                "value": f"{risk.value} {risk.currency}",
            }
            for risk in risks
        ],
    }


def _dead_letters(screen: Screen, asked: Asked) -> Facts:
    queues = screen.dead_letters()
    full = sorted((one for one in queues if one.letters), key=lambda one: (-one.letters, one.queue))
    return {"rows": full[: asked.limit], "queues": len(queues), "full": len(full)}


_FACTS: dict[str, Callable[[Screen, Asked], Facts]] = {
    "oldest-lines": _oldest_lines,
    "late-suppliers": _late_suppliers,
    "risks": _risks,
    "dead-letters": _dead_letters,
}
WIDGETS = tuple(_FACTS)


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
