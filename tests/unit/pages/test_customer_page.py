"""What the customer's page asks, between a change and the moment at which somebody looks at what it means."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from shared.backorders.lookup import OrderView
from shared.backorders.ports import Facts
from shared.backorders.withdrawal import WITHDRAWN
from shared.kernel.clock import micros
from shared.notifications.language import language
from shared.pages.customer_order import Surroundings, customer_order_facts
from shared.pages.render import render
from shared.remedies.model import Spent
from shared.settings.model import MerchantSettings
from tests.unit.consent.test_packs import US, asked, day, moved, waiting
from tests.unit.notifications.orders import CUSTOMER, line, order


def facts_of(view: OrderView, page: int = 1) -> dict[str, Any]:
    settings = MerchantSettings()
    facts = Facts(None, {}, {}, {}, settings)
    around = Surroundings(settings, facts, facts, {}, [], frozenset(), Spent(), {}, "n")
    return customer_order_facts(view, around, language("en"), day(2), page=page)


def question(view: OrderView) -> object:
    return facts_of(view)["question"]


def headings(view: OrderView, page: int = 1) -> list[str]:
    html = render("customer_order", language("en"), facts_of(view, page))
    return re.findall(r'<h2 id="line-\d+">(.*?)</h2>', html)


def test_a_page_asks_nothing_once_the_goods_come_in_time_though_nobody_has_ended_the_question_yet() -> None:
    late = asked(waiting(10, 60), US, 1)
    assert question(late)
    assert question(moved(late, 30))
    assert question(moved(late, 10)) is None


def test_what_was_given_up_is_named_without_a_count_of_nothing() -> None:
    assert headings(order(line(waiting=2), line(1, cancelled=2))) == ["2 × SKU-0", "SKU-1"]


def test_nobody_is_offered_to_withdraw_from_what_is_cancelled_already() -> None:
    swede = replace(CUSTOMER, country="SE")
    assert facts_of(order(line(waiting=2), line(1, cancelled=2), customer=swede))["withdrawal"]
    assert not facts_of(order(line(cancelled=2), line(1, cancelled=2), customer=swede))["withdrawal"]


def test_every_line_of_a_long_order_has_its_place_on_one_page_and_a_link_leads_to_the_next() -> None:
    view = order(*(line(n, waiting=1) if n % 2 else line(n, shipped=1) for n in range(130)))
    pages = [facts_of(view, page) for page in (1, 2, 3)]
    shown = [[one["line_id"] for one in page["lines"]] for page in pages]
    assert sorted(sum(shown, [])) == sorted(f"l{n}" for n in range(130))
    assert all(one["open"] for one in pages[0]["lines"]), "first what can be decided"
    assert [(page["previous"], page["next"]) for page in pages] == [(0, 2), (1, 3), (2, 0)]
    assert facts_of(view, 99) == pages[2]
    html = render("customer_order", language("en"), pages[1])
    assert re.findall(r'<a href="(\?.*?)">', html) == ["?page=1", "?page=3"]


def test_who_has_withdrawn_reads_until_when_he_is_paid_back_for_what_had_left() -> None:
    view = order(line(shipped=2), customer=replace(CUSTOMER, country="SE"), mode="prepaid")
    head = replace(view.head, log=((micros(day(1)), WITHDRAWN, "customer", ""),))
    html = render("customer_order", language("en"), facts_of(replace(view, head=head)))
    assert "comes back by 20 January 2026 at the latest; we may wait with it until we have them back" in html
