"""The customer's page of one order: each line with its dates, place and reason, what we told, and the choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line
from shared.backorders.ports import Facts
from shared.backorders.withdrawal import withdrawn_at
from shared.consent.model import units_not_sent
from shared.consent.relief import has_settled_itself
from shared.consent.rules import pack_for
from shared.kernel.clock import from_micros
from shared.notifications import law
from shared.notifications.language import Language
from shared.notifications.letter import Writer
from shared.notifications.news import News
from shared.notifications.outline import LONGEST_LIST, outline
from shared.notifications.parcels import MOST_NAMED, new_parcels, parcel_dates, parcel_words
from shared.notifications.told import Told
from shared.promising.promise import Outlook, day_number
from shared.remedies.model import WITHOUT_COST, Spent, accepted, affordable, offered
from shared.settings.model import MerchantSettings

Notice = Literal[
    "",
    "wait",
    "cancel",
    "reduce",
    "switch",
    "split",
    "hold",
    "withdraw",
    "remedy",
    "remedy_used_up",
    "changed_meanwhile",
    "not_possible",
]

_OFFERED = 3
_FEW = 10
_NAMED = 20
"""Late items that a question names, at most."""


@dataclass(frozen=True)
class Surroundings:
    """What the page needs besides the order.

    `facts` of its items, `offered` of their alternatives; `places`: units ahead by position, None for too many to
    count; `told`: (time in microseconds, heading) of each mail; `kinds_told`: all kinds of news in them; `spent`: of
    the remedies' budget.
    """

    settings: MerchantSettings
    facts: Facts
    offered: Facts
    places: Mapping[int, int | None]
    told: Sequence[tuple[int, str]]
    kinds_told: frozenset[str]
    spent: Spent
    descriptions: Mapping[str, str]
    nonce: str


def lines_shown(view: OrderView, page: int = 1) -> list[Line]:
    """The lines of a page: those about which something can be decided come first. Behind the last page is the last."""
    before = (min(page, pages_of(view)) - 1) * LONGEST_LIST
    chosen = sorted(view.lines, key=lambda line: (not line.open, line.position))[before : before + LONGEST_LIST]
    return sorted(chosen, key=lambda line: line.position)


def pages_of(view: OrderView) -> int:
    """How many pages the lines of an order fill."""
    return max(1, -(-len(view.lines) // LONGEST_LIST))


def skus_offered(lines: Sequence[Line], facts: Facts) -> list[str]:
    """The alternatives that may be shown for these lines."""
    items = [facts.items[line.sku] for line in lines if line.open and line.sku in facts.items]
    return sorted({sku for item in items for sku in item.alternatives[:_OFFERED]})


def heading_of(mail_kind: str, revision: int) -> str:
    """The words above a mail: an order is received once, and whatever is added to it is another thing to be told."""
    return "accepted.heading_changed" if mail_kind == "accepted" and revision > 1 else f"{mail_kind}.heading"


def customer_order_facts(
    view: OrderView, around: Surroundings, words: Language, now: datetime, *, notice: Notice = "", page: int = 1
) -> dict[str, Any]:
    """The facts of `templates/customer_order.html`; `page` of its lines, from 1."""
    return _Page(view, around, words, now, min(page, pages_of(view))).facts(notice)


@dataclass(frozen=True)
class _Page:
    view: OrderView
    around: Surroundings
    words: Language
    now: datetime
    page: int

    def facts(self, notice: Notice) -> dict[str, Any]:
        head, settings = self.view.head, self.around.settings
        writer = self._writer()
        shown = lines_shown(self.view, self.page)
        withdrawn = bool(withdrawn_at(head))
        law_of = pack_for(head.customer.country, settings.rule_packs)
        return {
            "contact": settings.contact,
            "id": head.order_id,
            "name": head.customer.name,
            "notice": notice,
            "bad": notice in {"changed_meanwhile", "not_possible", "remedy_used_up"},
            "nonce": self.around.nonce,
            "seen": head.version,
            "open": any(line.open for line in self.view.lines),
            "shipping": head.shipping,
            "held_back": head.release == "held",
            "parcel_dates": parcel_dates(self.view, self.words),
            "question": self._question(writer),
            **self._remedies(),
            "lines": [self._line(n, line, writer) for n, line in enumerate(shown)],
            "previous": self.page - 1,
            "next": self.page + 1 if self.page < pages_of(self.view) else 0,
            "more": len(self.view.lines) - self.page * LONGEST_LIST,
            "parcels": self._parcels(),
            "told": [
                {"on": self.words.date(self._day(at)), "what": self.words(heading)} for at, heading in self.around.told
            ],
            "withdrawal": law_of.withdrawal and not withdrawn and any(line.live for line in self.view.lines),
            "withdrawn": withdrawn,
            "refund": law.refund_of_returned(self.view, law_of, self.words, self.now),
        }

    def _remedies(self) -> dict[str, Any]:
        """What may be accepted by a form of its own, and what was accepted."""
        view, settings = self.view, self.around.settings
        possible = affordable(offered(view, self.around.kinds_told, settings), self.around.spent, settings)
        offers = [one for one in possible if one.kind not in WITHOUT_COST]
        remedy = accepted(view.head, settings)
        return {
            "remedies": [{"id": one.remedy_id, "what": self.words(f"remedy.{one.kind}")} for one in offers],
            "remedy": remedy and {"what": self.words(f"remedy.{remedy.kind}"), "code": remedy.code},
        }

    def _parcels(self) -> list[str]:
        """What is on its way, the latest first."""
        sent = [
            f"{self.words.date(self._day(parcel.at))}: {said}"
            for parcel in reversed(new_parcels(self.view, {}))
            if (said := parcel_words(parcel, self.words))
        ]
        more = len(sent) - MOST_NAMED
        return sent[:MOST_NAMED] + ([self.words.count("shipped.more_parcels", more)] if more > 0 else [])

    def _writer(self) -> Writer:
        news, told = News(), Told()
        shown = outline(self.view, news)
        return Writer(self.view, news, told, shown, self.around.descriptions, self.words, self.now)

    def _question(self, writer: Writer) -> dict[str, Any] | None:
        asked = self.view.consents.undecided
        at_stake = {} if asked is None or asked.state != "open" else units_not_sent(asked, self.view.lines)
        if asked is None or not at_stake or has_settled_itself(asked, self.view, self.now):
            return None
        items = [writer.item(line) for line in self.view.lines if line.line_id in at_stake]
        more = len(items) - _NAMED
        shown = [line.promise.by for line in self.view.lines if line.line_id in at_stake and line.promise]
        until = max((by for by in shown if by is not None), default=None)
        return {
            "round": asked.n,
            "sentences": law.sentences(asked, self.view.head.customer.country, self.words),
            "items": items[:_NAMED] + ([self.words.count("order.more_lines", more)] if more > 0 else []),
            "until": day_number(until) or "",
        }

    def _line(self, n: int, line: Line, writer: Writer) -> dict[str, Any]:
        return {
            "n": n,
            "line_id": line.line_id,
            "item": writer.item(line),
            "quantity": self.words.number(line.live) if line.live else "",
            "state": writer.words_of(line),
            **({"dates": "", "place": "", "why": ""} if self._rests(line) else self._outlook(line)),
            "open": line.open,
            "kept": line.live - line.waiting,
            "most": line.live - 1 if line.waiting else 0,
            "offers": self._offers(line),
        }

    def _rests(self, line: Line) -> bool:
        """Whether it is here and only waits for the rest of its parcel: it has no date or place of its own."""
        return self.view.head.shipping == "hold" and line.promise is not None and line.promise.basis == "stock"

    def _outlook(self, line: Line) -> dict[str, str]:
        why = self.words(f"customer_page.why_{line.promise.basis}") if line.waiting and line.promise else ""
        return {"dates": self._dates(line), "place": self._place(line), "why": why}

    def _dates(self, line: Line) -> str:
        promise = line.promise
        if not line.waiting or promise is None or promise.likely is None or promise.by is None:
            return ""
        likely, by = (self.words.date(self._day(at)) for at in (promise.likely, promise.by))
        return self.words("customer_page.dates", likely=likely, by=by)

    def _place(self, line: Line) -> str:
        if line.position not in self.around.places:
            return ""
        ahead = self.around.places[line.position]
        if ahead is None:
            return self.words("customer_page.place_far")
        if ahead == 0:
            return self.words("customer_page.place_next")
        if ahead < _FEW:
            return self.words("customer_page.place_near")
        return self.words("customer_page.place", n=self.words.number(ahead))

    def _offers(self, line: Line) -> list[dict[str, str]]:
        item = self.around.facts.items.get(line.sku)
        if item is None or not line.open:
            return []
        return [offer for sku in item.alternatives[:_OFFERED] if (offer := self._offer(sku, line.open)) is not None]

    def _offer(self, sku: str, units: int) -> dict[str, str] | None:
        """An alternative with its own date; None where none can be given."""
        facts = self.around.offered
        item, stock = facts.items.get(sku), facts.stocks.get(sku)
        if item is None or stock is None:
            return None
        outlook = Outlook(stock, item, facts.suppliers.get(item.supplier_id), facts.settings, self.now)
        promise = outlook.promise(max(0, stock.waiting) + units, "offered")
        if promise.by is None:
            return None
        when = (
            self.words("customer_page.offer_now")
            if promise.basis == "stock"
            else self.words("customer_page.offer_by", date=self.words.date(self._day(promise.by)))
        )
        return {"sku": sku, "name": item.description or sku, "when": when}

    def _day(self, at: int) -> date:
        return from_micros(at).date()
