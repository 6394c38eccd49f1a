"""Remedies as the merchant configures them, to whom they are offered, and what was accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from shared.backorders.lookup import OrderView
from shared.backorders.model import Backorder
from shared.settings.model import MerchantSettings

Kind = Literal["discount", "free_shipping", "gift_wrap", "alternative", "split"]
WITHOUT_COST = frozenset({"alternative", "split"})
"""Choices that the customer's page has anyway; as remedies they are named in the mail too."""

ACCEPTED = "remedy"
APOLOGISES = frozenset({"promise_later", "decision_needed"})
_TEN_THOUSANDTHS = 4


@dataclass(frozen=True)
class Remedy:
    """`cost` is what it costs the merchant at most, in his own currency; `code` is shown to who accepts it."""

    remedy_id: str
    kind: Kind
    cost: str = "0"
    code: str = ""


@dataclass(frozen=True)
class Spent:
    """What a month has taken so far: `spent` in ten-thousandths, `accepted` by this customer."""

    spent: int = 0
    accepted: int = 0


def in_budget_units(money: str) -> int:
    """A decimal amount as whole ten-thousandths, in which a month's budget is counted."""
    return int(Decimal(money).scaleb(_TEN_THOUSANDTHS))


def month_of(now: datetime) -> str:
    """The month (UTC) whose budget an acceptance is taken from."""
    return f"{now:%Y-%m}"


def configured(settings: MerchantSettings) -> list[Remedy]:
    return [Remedy(**values) for values in settings.remedies]  # type: ignore[arg-type]


def accepted(head: Backorder, settings: MerchantSettings) -> Remedy | None:
    """The remedy that this order got, as it was offered then; it gets no other. Orders that accepted before what they
    got was kept with them have the code that the settings name now, if any."""
    notes = [note for _, what, _, note in (*head.apart.log, *head.log) if what == ACCEPTED]
    if not notes:
        return None
    kind, cost, remedy_id = parse_note(notes[0])
    code = next((one.code for one in configured(settings) if one.remedy_id == remedy_id), "")
    return Remedy(remedy_id, cost=cost, **(head.remedy or {"kind": kind, "code": code}))  # type: ignore[arg-type]


def kept(remedy: Remedy) -> dict[str, str]:
    """What the order itself remembers of it: the merchant may change his settings."""
    return {"kind": remedy.kind, "code": remedy.code}


def note(remedy: Remedy) -> str:
    """How an acceptance stands in the order's history."""
    return f"{remedy.kind} {remedy.cost} {remedy.remedy_id}"


def parse_note(text: str) -> tuple[str, str, str]:
    """(kind, cost, id) of such an entry."""
    kind, cost, remedy_id = text.split(" ", 2)
    return kind, cost, remedy_id


def affordable(offers: Iterable[Remedy], spent: Spent, settings: MerchantSettings) -> list[Remedy]:
    """Those that the month's budget and the customer's share of it still allow: nobody is shown what he cannot get."""
    room = in_budget_units(settings.remedy_budget_per_month) - spent.spent
    share = spent.accepted < settings.remedies_per_customer
    return [one for one in offers if one.kind in WITHOUT_COST or (share and in_budget_units(one.cost) <= room)]


def offered(view: OrderView, told: Iterable[str], settings: MerchantSettings) -> list[Remedy]:
    """What may be accepted now: by orders that still wait, whose customer was told (kinds of news) of a later date."""
    waits = any(line.open for line in view.lines)
    if not waits or APOLOGISES.isdisjoint(told) or accepted(view.head, settings) is not None:
        return []
    return [one for one in configured(settings) if one.kind != "split" or _could_leave_in_parts(view)]


def _could_leave_in_parts(view: OrderView) -> bool:
    """Whether something of a parcel is here and only waits for the rest of it."""
    here = (line.allocated or (line.promise is not None and line.promise.basis == "stock") for line in view.lines)
    return view.head.shipping == "hold" and any(here)
