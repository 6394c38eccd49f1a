"""The supplier's page of one order: what was ordered, what he has said to it, and a form to say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from shared.kernel.clock import day_in, micros, parse_iso
from shared.notifications.language import Language
from shared.purchasing.answers import state_of
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.settings.model import MerchantSettings

Notice = Literal["", "taken", "nothing_left", "crossed", "in_progress"]

REPLIES = ("accepted", "changed", "backordered", "rejected")


@dataclass(frozen=True)
class Typed:
    """What somebody has typed and we could not take: the form's fields, and what is wrong, by field (`""`: the whole
    form) in the reader's language."""

    fields: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def supplier_order_facts(
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    settings: MerchantSettings,
    supplier_name: str,
    words: Language,
    now: datetime,
    *,
    notice: Notice = "",
    typed: Typed | None = None,
) -> dict[str, Any]:
    """The facts of `templates/supplier_order.html`."""
    typed = typed or Typed()
    closed = answerable(order)
    return {
        "contact": settings.contact,
        "id": order.id,
        "supplier_name": supplier_name,
        "notice": notice,
        "closed": closed,
        "unanswered": any(line.unanswered for line in lines),
        "today": now.astimezone(settings.zone).date().isoformat(),
        "seen": state_of(order, lines),
        "replies": REPLIES,
        "errors": [{"field": name, "text": text} for name, text in typed.errors.items()],
        "lines": [_line(n, line, order, settings, words, typed) for n, line in enumerate(lines) if line.listed],
    }


def answerable(order: PurchaseOrder) -> str:
    """Empty, or why nothing can be said to this order any more: its status."""
    if order.closing is not None:
        return order.closing
    return order.status if order.finished else ""


def _line(
    n: int,
    line: PurchaseOrderLine,
    order: PurchaseOrder,
    settings: MerchantSettings,
    words: Language,
    typed: Typed,
) -> dict[str, Any]:
    names = {name: f"{name}-{n}" for name in ("status", "quantity", "date")}
    return {
        "n": n,
        "sku": line.sku,
        "number": line.supplier_sku or line.sku,
        "description": line.description,
        "ordered": line.ordered,
        "taken_off": line.taken_off,
        "price": words.money(line.unit_cost, order.currency),
        "said": " ".join(_said(line, settings, words)),
        "requested": words.date(_day(line.due, settings)),
        "received": line.received,
        "typed": {name: typed.fields.get(full, "") for name, full in names.items()},
        "error": {name: typed.errors.get(full, "") for name, full in names.items()},
    }


def _said(line: PurchaseOrderLine, settings: MerchantSettings, words: Language) -> Iterator[str]:
    """The answer so far, with the dates that were named, not with what experience makes of them."""
    if line.reply is None:
        return
    if line.reply == "rejected":
        yield words("supplier_page.said_rejected")
        return
    put_off = micros(parse_iso(line.answer[2])) if line.reply == "backordered" and line.answer[2] else None
    if line.early:
        day = line.due if put_off is None or line.later is not None else put_off
        yield words("supplier_page.said_units", n=line.early, date=words.date(_day(day, settings)))
    if line.later is not None:
        day = put_off or line.later.dates.likely
        yield words("supplier_page.said_units", n=line.later.units, date=words.date(_day(day, settings)))
    if line.closed_short:
        yield words("supplier_page.said_short", n=line.closed_short)


def _day(at: int, settings: MerchantSettings) -> date:
    return day_in(settings.zone, at)
