"""The form of the supplier's page: its fields as answers to the lines of an order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from pydantic import Field

from shared.contracts.common import MAX_ORDERED, Model
from shared.contracts.days import day_or_instant
from shared.kernel.errors import Malformed
from shared.purchasing.answers import LineAnswer
from shared.purchasing.lines import PurchaseOrderLine, Reply

_FIELD = re.compile(r"(status|quantity|date)-(0|[1-9][0-9]{0,3})")
_OTHERS = {"seen", "action"}
_WHOLE = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class SupplierForm(Model):
    """The form as it is described; line n of the page has the fields of line 0 under its own number."""

    action: Literal["accept", "answer"] = Field(
        description="accept: every line without an answer, as ordered; answer: what the fields of the lines say"
    )
    seen: str = Field("", max_length=16, description="state of the order that the page showed; of another: 409")
    status: Literal["", "accepted", "changed", "backordered", "rejected"] = Field("", alias="status-0")
    quantity: str = Field("", alias="quantity-0", pattern="^([0-9]{1,9})?$", description="as in the API")
    date: str = Field("", alias="date-0", pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", description="a day")


Mistakes = Mapping[str, tuple[str, Mapping[str, int]]]
"""By field of the form: the rule that is broken (a sentence of `supplier_page`), and its figures."""


@dataclass(frozen=True)
class Answered:
    """The answers, the place of each one's line on the page, and what could not be read."""

    answers: tuple[LineAnswer, ...] = ()
    places: tuple[int, ...] = ()
    mistakes: Mistakes = field(default_factory=dict)


def read_answers(fields: Mapping[str, str], lines: Sequence[PurchaseOrderLine]) -> Answered:
    """What the form says about the lines, which stand on the page in this order.

    Raises Malformed for a form that is not ours; what a person may have mistyped is told field by field.
    """
    _check_ours(fields, len(lines))
    if fields.get("action") == "accept":
        left = [n for n, line in enumerate(lines) if line.unanswered]
        return Answered(tuple(LineAnswer(lines[n].sku, "accepted") for n in left), tuple(left))
    answers: list[LineAnswer] = []
    places: list[int] = []
    mistakes: dict[str, tuple[str, Mapping[str, int]]] = {}
    for n, line in enumerate(lines):
        given = {name: fields.get(f"{name}-{n}", "") for name in ("status", "quantity", "date")}
        wrong = dict(_mistyped(given))
        mistakes |= {f"{name}-{n}": (rule, {}) for name, rule in wrong.items()}
        if given["status"] and not wrong:
            answers.append(_answer(line.sku, given))
            places.append(n)
    if not answers and not mistakes:
        mistakes[""] = ("choose", {})
    return Answered(tuple(answers), tuple(places), mistakes)


def _check_ours(fields: Mapping[str, str], lines: int) -> None:
    for name in fields:
        match = _FIELD.fullmatch(name)
        if name not in _OTHERS and not (match and int(match[2]) < lines):
            raise Malformed("the form has a field that its page does not have")
    if fields.get("action") not in {"accept", "answer"}:
        raise Malformed.at("action", "must be accept or answer")


def _mistyped(given: Mapping[str, str]) -> list[tuple[str, str]]:
    wrong = []
    if given["status"] not in {"", *get_args(Reply)} or (not given["status"] and (given["quantity"] or given["date"])):
        wrong.append(("status", "choose_reply"))
    quantity = given["quantity"]
    if quantity and not (_WHOLE.fullmatch(quantity) and int(quantity) <= MAX_ORDERED):
        wrong.append(("quantity", "bad_quantity"))
    if given["date"] and _date(given["date"]) is None:
        wrong.append(("date", "bad_date"))
    return wrong


def _answer(sku: str, given: Mapping[str, str]) -> LineAnswer:
    reply = next(one for one in get_args(Reply) if one == given["status"])
    quantity = int(given["quantity"]) if given["quantity"] else None
    return LineAnswer(sku, reply, quantity, _date(given["date"]))


def _date(text: str) -> datetime | None:
    """A day of the form; None for what is none, or lies beyond all planning."""
    if not _DAY.fullmatch(text):
        return None
    try:
        at = day_or_instant(text)
    except ValueError:
        return None
    return at if isinstance(at, datetime) else None
