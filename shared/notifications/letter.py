"""The facts of a mail about an order: what is listed, in which words, and how much of a long order is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line, order_status
from shared.consent.duty import Due
from shared.consent.rules import RulePack
from shared.kernel.clock import from_micros
from shared.notifications import law
from shared.notifications.language import Language
from shared.notifications.line_words import added_up, by_of, in_stock, in_words
from shared.notifications.news import Change, News
from shared.notifications.outline import Outline
from shared.notifications.parcels import parcel_dates, parcels_said
from shared.notifications.paying import money
from shared.notifications.reasons import reasons
from shared.notifications.told import Told
from shared.promising.promise import last_date
from shared.settings.model import MerchantSettings

_ITEM_LENGTH = 80


@dataclass(frozen=True)
class Writer:
    """Puts one order's news into one language."""

    view: OrderView
    news: News
    told: Told
    outline: Outline
    descriptions: Mapping[str, str]
    words: Language
    now: datetime
    due: Due | None = None
    again: bool = False
    remedies: Sequence[str] = ()
    """Kinds of what is offered with an apology for a later date."""
    law_of: RulePack | None = None

    def facts(self, settings: MerchantSettings, link: str | None = None) -> dict[str, Any]:
        """Everything `letters/order.jinja` asks for."""
        view = self.view
        return {
            "order_id": view.head.order_id,
            "name": view.head.customer.name,
            "contact": settings.contact,
            "link": link,
            "link_words": "decision_needed.link" if law.asks(view, self.due) else "order.link",
            "first": not self.told.lines,
            "again": self.again,
            "sections": [self._section(kind, changes) for kind, changes in self.outline.sections],
            "state": self._state(),
            "undated": any(line.waiting and not by_of(line) for line in view.lines),
            "one_parcel": view.head.shipping == "hold" and any(line.open for line in view.lines),
            "parcel_dates": parcel_dates(view, self.words),
            "part": self._only_part(),
        }

    def _only_part(self) -> bool:
        """Whether the news that names the mail concerns some of the order's units and others are still to come."""
        kind, lines = self.news.strongest, self.view.lines
        if kind in {"cancelled", "shipped"}:
            return order_status(lines) != kind
        return kind == "released" and any(line.open for line in lines)

    def _section(self, kind: str, changes: tuple[Change, ...]) -> dict[str, Any]:
        section: dict[str, Any] = {
            "heading": f"{kind}.heading",
            "lead": f"{kind}.lead",
            "values": {},
            "notes": [],
            "titles": [self.words("columns.item"), self.words("columns.quantity")],
            "rows": [],
            "more": self._more_changes(kind, changes),
            "after": [],
        }
        if kind == "accepted":
            return section | self._accepted()
        if kind == "withdrawal_confirmed":
            after = law.refund_of_returned(self.view, self.law_of, self.words, self.now) if self.law_of else []
            return section | {"more": "", "values": self._withdrawal(), "after": after}
        if kind in {"decision_needed", "promise_later", "promise_earlier"}:
            return section | self._dates(kind, changes)
        if kind == "still_waiting" and not any(c.line.waiting for c in changes):
            section["lead"] = "still_waiting.lead_here"
        elif kind == "still_waiting":
            section["after"] = self._choices(kind)
        section["rows"] = [[self.item(c.line), self.words.number(c.units)] for c in changes]
        if kind == "shipped":
            section["after"] = parcels_said(self.view, self.told.parcels, self.words)
        if kind == "cancelled":
            section |= self._unanswered()
        if kind in {"cancelled", "released"} or (kind == "shipped" and self._charged_unannounced()):
            lines = [c.line for c in self.news.of(kind)]
            section |= money(
                kind, self.view.head, lines, self.told.lines, of=self.law_of, words=self.words, now=self.now
            )
        return section

    def _unanswered(self) -> dict[str, Any]:
        """The lead of what was cancelled because nobody answered: he may never have read the question."""
        asked = law.unanswered(self.view, 0 if self.again else self.told.at)
        if asked is None or not any(asked.delay(c.line.position) for c in self.news.of("cancelled")):
            return {}
        until = law.last_day(asked, self.view.head.customer.country, self.words)
        return {"lead": "cancelled.lead_unanswered", "values": {"date": until}}

    def _withdrawal(self) -> dict[str, str]:
        at = from_micros(self.news.withdrawn)
        return {"id": self.view.head.order_id, "date": self.words.date(at.date()), "time": f"{at:%H:%M}"}

    def _charged_unannounced(self) -> bool:
        """Units went from the shelf to the customer between two mails: the payment note has not been given."""
        if "released" in self.news.kinds:
            return False
        told = self.told.lines
        return any(
            c.line.shipped > (told[c.line.position].handed if c.line.position in told else 0)
            for c in self.news.of("shipped")
        )

    def _accepted(self) -> dict[str, Any]:
        if self.told.lines:
            return {"heading": "accepted.heading_changed", "lead": "accepted.changed", "more": ""}
        lead = "in_stock"
        if any(line.waiting and not in_stock(line) for line in self.view.lines):
            lead = "waiting"
        elif self.view.head.shipping == "hold" or not any(line.live for line in self.view.lines):
            lead = "received"
        return {"lead": f"accepted.{lead}", "more": ""}

    def _dates(self, kind: str, changes: tuple[Change, ...]) -> dict[str, Any]:
        columns = ("item", "quantity", "before", "now")
        out: dict[str, Any] = {
            "titles": [self.words(f"columns.{column}") for column in columns],
            "rows": [
                [
                    self.item(c.line),
                    self.words.number(c.units),
                    self._date(c.was) if c.was_waiting else self.words("all.allocated"),
                    self._date(self._stands(c)),
                ]
                for c in changes
            ],
        }
        if kind == "promise_earlier":
            stands = law.beside(self.view, None, self.words, asks=False) if self.due is None else []
            out["after"] = stands or law.settled(self.view, self.told.at, self.words)
        else:
            out["notes"] = reasons(self.news.of(kind))
            out["after"] = [*self._choices(kind), *self._offers(kind)]
        return out

    def _stands(self, change: Change) -> int | None:
        """The date of now: what a rule asks about may be later than the line alone, for its parcel is."""
        delay = self.due.round.delay(change.line.position) if self.due else None
        if delay or self.view.head.shipping != "hold":
            return delay.now if delay else by_of(change.line)
        return last_date(by_of(line) for line in self.view.lines if line.waiting)

    def _choices(self, kind: str) -> list[str]:
        asks = kind == "decision_needed"
        lawful = law.beside(self.view, self.due, self.words, asks=asks)
        choices = [] if asks or (lawful and not self.due) else ["promise_later.choices"]
        here = any(line.allocated or (line.waiting and in_stock(line)) for line in self.view.lines)
        choices += ["promise_later.choices_parcel"] if here and self.view.head.shipping == "hold" else []
        return [*lawful, *(self.words(choice) for choice in choices)]

    def _offers(self, kind: str) -> list[str]:
        """With the first section that apologises: what we offer, to be accepted on the page."""
        first = next((one for one, _ in self.outline.sections if one in {"decision_needed", "promise_later"}), None)
        if not self.remedies or kind != first:
            return []
        return [self.words("remedy.offer"), *(f"– {self.words(f'remedy.{one}')}" for one in self.remedies)]

    def _date(self, by: int | None) -> str:
        return self.words("all.undated") if by is None else self._day(by)

    def _day(self, by: int) -> str:
        """Promises are last seconds of days in UTC."""
        return self.words.date(from_micros(by).date())

    def item(self, line: Line) -> str:
        name = self.descriptions.get(line.sku, "").strip()
        text = f"{name[: _ITEM_LENGTH - 1]} ({line.sku})" if name and name != line.sku else line.sku
        return text if len(text) <= 2 * _ITEM_LENGTH else text[: 2 * _ITEM_LENGTH - 1] + "…"

    def _more_changes(self, kind: str, shown: tuple[Change, ...]) -> str:
        rest = self.news.of(kind)[len(shown) :]
        if not rest:
            return ""
        units = self.words.count("order.more_units", sum(change.units for change in rest))
        return f"{self.words.count('order.more_lines', len(rest))}: {units}"

    def _state(self) -> dict[str, Any]:
        shown = {line.position for line in self.outline.state}
        rest = [line for line in self.view.lines if line.position not in shown]
        return {
            "titles": [self.words(f"columns.{column}") for column in ("item", "quantity", "state")],
            "rows": [
                [self.item(line), self.words.number(line.ordered), self.words_of(line)] for line in self.outline.state
            ],
            "more": added_up(rest, self.words),
        }

    def words_of(self, line: Line) -> str:
        """What becomes of a line's units, in words, whatever is shipped first."""
        return in_words(line, self.view.head, self.words, self.now)
