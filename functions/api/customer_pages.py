"""Routes of the customer's page: an order behind a signed link, and what its customer decides about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from shared.aws.changing_store import TableChangingStore
from shared.aws.consent_store import TableConsents
from shared.aws.notices_store import TableNotices
from shared.aws.order_lists import TableQueueReader
from shared.aws.order_reader import TableOrderReader
from shared.aws.remedy_store import TableRemedies, spent_of
from shared.aws.supply_reader import with_supply
from shared.backorders.change import Asked
from shared.backorders.decide import CUSTOMER, Decision, decide
from shared.backorders.lookup import OrderView
from shared.consent.answer import keep_waiting
from shared.contracts.customer_form import Choice, CustomerForm, read_choice
from shared.kernel import clock, ids
from shared.kernel.errors import Conflict, Invalid, Malformed, NotFound, PreconditionFailed
from shared.notifications.language import Language, language
from shared.pages.customer_order import (
    Notice,
    Surroundings,
    customer_order_facts,
    heading_of,
    lines_shown,
    skus_offered,
)
from shared.promising.promise import end_of_day_number
from shared.remedies.accept import accept_remedy
from shared.remedies.model import Spent
from shared.remedies.ports import UsedUp
from shared.runtime import links, telemetry
from shared.runtime.forms import FORM, read_form
from shared.runtime.http import PUBLIC, Answer, Call, operation
from shared.runtime.order_metrics import count_cancelled
from shared.runtime.pages import page

_PLACES = 10
_AHEAD_AT_MOST = 300
_PAGE = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class _Order:
    """An order behind its link, as it is now."""

    call: Call
    now: datetime
    view: OrderView
    page: int = 1

    @cached_property
    def words(self) -> Language:
        return language(self.view.head.customer.locale)

    def shown(self, status: int = 200, notice: Notice = "") -> Answer:
        (view,) = with_supply(self.call.container.table, [self.view])
        facts = customer_order_facts(
            view, self._surroundings(view), self.words, self.now, notice=notice, page=self.page
        )
        return page("customer_order", self.words, facts, status)

    def _surroundings(self, view: OrderView) -> Surroundings:
        table, shown = self.call.container.table, lines_shown(view, self.page)
        store, notices, queue = TableChangingStore(table), TableNotices(table), TableQueueReader(table)
        facts = store.facts(view.head.key, [line.sku for line in shown])
        offered = store.facts(view.head.key, skus_offered(shown, facts))
        waiting = [line for line in shown if line.waiting][:_PLACES]
        told = queue.notices(view.head.key)
        return Surroundings(
            settings=facts.settings,
            facts=facts,
            offered=offered,
            places={line.position: queue.units_ahead(line, _AHEAD_AT_MOST) for line in waiting},
            told=[(n["claimed_at"], heading_of(n["mail_kind"], n["revision"])) for n in told if _reached(n)],
            kinds_told=frozenset(kind for n in told if n["state"] in {"sent", "unknown"} for kind in n["kinds"]),
            spent=spent_of(table, view.head, self.now) if facts.settings.remedies else Spent(),
            descriptions=notices.describe([line.sku for line in shown]),
            nonce=ids.nonce(),
        )


def _reached(notice: Mapping[str, Any]) -> bool:
    """Whether the customer may have read it: what came back told him nothing."""
    return notice["state"] == "sent" and notice.get("delivery") != "bounced"


@operation(
    "GET",
    "/b/{token}",
    scopes=PUBLIC,
    summary="The customer's page of an order, behind the link in each mail; changes nothing",
    answers={200: None},
    query=("page",),
    html=True,
)
def customer_page(call: Call) -> Answer:
    return _opened(call).shown()


@operation(
    "POST",
    "/b/{token}",
    scopes=PUBLIC,
    summary="What the customer decides, from a form of the page",
    body=CustomerForm,
    answers={200: None},
    query=("page",),
    media=(FORM,),
    html=True,
)
def decide_on_customer_page(call: Call) -> Answer:
    """A form that comes twice acts once; what cannot be done any more is said on the page as it is now."""
    opened, choice = _opened(call), read_choice(read_form(call))
    try:
        _carry_out(opened, choice)
    except PreconditionFailed:
        return _opened(call).shown(409, "changed_meanwhile")
    except UsedUp:
        return _opened(call).shown(409, "remedy_used_up")
    except (Conflict, Invalid, NotFound):
        return _opened(call).shown(409, "not_possible")
    telemetry.log("customer_decided", backorder=opened.view.head.id, action=choice.action)
    return _opened(call).shown(200, choice.action)


def _carry_out(opened: _Order, choice: Choice) -> None:
    table, head = opened.call.container.table, opened.view.head
    if choice.action == "wait":
        orders, consents = TableOrderReader(table), TableConsents(table)
        until = end_of_day_number(choice.until)
        keep_waiting(head.key, choice.round, CUSTOMER, orders=orders, consents=consents, now=opened.now, until=until)
        return
    digest = ids.body_digest([choice.action, choice.line, choice.quantity, choice.sku, choice.remedy])
    asked = Asked(head.id, CUSTOMER, f"page:{choice.nonce}:{digest}", digest)
    if choice.action == "remedy":
        settings = opened.call.container.settings()
        accept_remedy(asked, choice.remedy, store=TableRemedies(table), settings=settings, now=opened.now)
        return
    decision = Decision(choice.action, choice.seen, choice.line, choice.quantity, choice.sku)
    changed = decide(asked, decision, store=TableChangingStore(table), now=opened.now)
    if choice.action in {"cancel", "reduce", "withdraw"}:
        count_cancelled(0 if changed.replayed else sum(changed.moved.values()), None)


def _opened(call: Call) -> _Order:
    """What the link leads to; BadLink when it leads nowhere."""
    now, page = clock.now(), _page_of(call)
    key = ids.backorder_key(links.opened(call.container, "customer", call.path["token"], now))
    view = TableOrderReader(call.container.table).read(key) if key else None
    if view is None or view.head.erased_at is not None:
        raise links.BadLink
    return _Order(call, now, view, page)


def _page_of(call: Call) -> int:
    """Which page of a long order is asked for."""
    number = call.query.get("page", "1")
    if not _PAGE.fullmatch(number):
        raise Malformed("page is not the number of a page")
    return int(number)
