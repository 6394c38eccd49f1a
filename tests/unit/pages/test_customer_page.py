"""What the customer's page asks, between a change and the moment at which somebody looks at what it means."""

from __future__ import annotations

from shared.backorders.lookup import OrderView
from shared.backorders.ports import Facts
from shared.notifications.language import language
from shared.pages.customer_order import Surroundings, customer_order_facts
from shared.remedies.model import Spent
from shared.settings.model import MerchantSettings
from tests.unit.consent.test_packs import US, asked, day, moved, waiting


def question(view: OrderView) -> object:
    settings = MerchantSettings()
    facts = Facts(None, {}, {}, {}, settings)
    around = Surroundings(settings, facts, facts, {}, [], frozenset(), Spent(), {}, "n")
    return customer_order_facts(view, around, language("en"), day(2))["question"]


def test_a_page_asks_nothing_once_the_goods_come_in_time_though_nobody_has_ended_the_question_yet() -> None:
    late = asked(waiting(10, 60), US, 1)
    assert question(late)
    assert question(moved(late, 30))
    assert question(moved(late, 10)) is None
