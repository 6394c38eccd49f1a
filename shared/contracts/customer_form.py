"""The forms of the customer's page: one small form a choice, with a nonce so that a second click does nothing new."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import Field

from shared.contracts.common import Id, Model, Sku
from shared.kernel.errors import Malformed

Action = Literal["wait", "cancel", "reduce", "switch", "split", "hold", "withdraw", "remedy"]

_NONCE = re.compile(r"[0-9a-z]{16}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_FIELDS = frozenset({"action", "nonce", "seen", "round", "until", "line", "quantity", "sku", "remedy"})


class CustomerForm(Model):
    """The form of one choice. Without `line` it is about the whole order."""

    action: Action = Field(description="wait: agree to the delay; reduce: order fewer; switch: another item")
    nonce: str = Field(pattern="^[0-9a-z]{16}$", description="as the form has it; a repeat under it changes nothing")
    seen: str = Field("", pattern="^([0-9]{1,9})?$", description="version of the order that the page showed")
    round: str = Field("", pattern="^([0-9]{1,9})?$", description="the question that `wait` answers")
    until: str = Field("", pattern="^([0-9]{1,9})?$", description="last day, from 1970, that the page showed with it")
    line: Id | Literal[""] = ""
    quantity: str = Field(
        "",
        pattern="^([0-9]{1,9})?$",
        description="units to cancel, keep or switch; empty: all, except that one must be kept",
    )
    sku: Sku | Literal[""] = Field("", description="what to switch to")
    remedy: Id | Literal[""] = Field("", description="which of the remedies that are offered")


@dataclass(frozen=True)
class Choice:
    """What the customer has decided. `quantity` None: all there is."""

    action: Action
    nonce: str
    seen: int = 0
    round: int = 0
    until: int | None = None
    line: str | None = None
    quantity: int | None = None
    sku: str = ""
    remedy: str = ""


def read_choice(fields: Mapping[str, str]) -> Choice:
    """The choice that a form makes. Raises Malformed for a form that is not ours."""
    if unknown := sorted(set(fields) - _FIELDS):
        raise Malformed(f"the form has no field {unknown[0][:64]}")
    action, nonce = fields.get("action", ""), fields.get("nonce", "")
    if action not in get_args(Action) or not _NONCE.fullmatch(nonce):
        raise Malformed("the form names no choice of ours, or lacks its nonce")
    return Choice(
        action=action,  # type: ignore[arg-type]
        nonce=nonce,
        seen=_number(fields, "seen") or 0,
        round=_number(fields, "round") or 0,
        until=_number(fields, "until"),
        line=fields.get("line") or None,
        quantity=_number(fields, "quantity"),
        sku=fields.get("sku", ""),
        remedy=fields.get("remedy", ""),
    )


def _number(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name, "")
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise Malformed(f"{name} is not a whole number")
    return int(text)
