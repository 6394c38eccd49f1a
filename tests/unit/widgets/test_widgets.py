"""Tables that CloudWatch shows: as they are kept, and with the worst of names in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backorders.lookup import OrderView
from shared.widgets.make import WIDGETS, make_widget
from shared.widgets.ports import DeadLetters
from shared.widgets.redrive import Redriven, redrive
from shared.widgets.render import describe
from tests.unit.notifications.orders import promise
from tests.unit.pages.markup import Page
from tests.unit.widgets.scenes import EMPTY, FULL, NOW, REDRIVE, SHOPS, Shop, bought, kept, made, risk, waiting

TAGS = {
    "style",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "p",
    "span",
    "a",
    "b",
    "ul",
    "li",
    "cwdb-action",
    "input",
    "label",
}
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</td></table><cwdb-action action='call' endpoint='arn:evil'>{}</cwdb-action>",
            "</cwdb-action><a onclick=x>",
            "javascript:alert(1)",
            "{{ 7 * 7 }}{% raw %}",
            '{"queue": "</style>"}',
            "&lt;b&gt; &amp;",
            "\u202e\u2066\x00\x1b[31m",
        ]
    ),
)


def rows(html: str) -> list[list[str]]:
    """The text of the cells of a table, row by row."""
    found: list[list[str]] = []
    for element in Page(html).elements:
        if element.tag == "tr" and "tbody" in element.inside:
            found.append([])
        elif element.tag == "td":
            found[-1].append(" ".join(element.text.split()))
    return found


def named(order: OrderView, name: str) -> OrderView:
    """Whatever a storefront chooses is called like this."""
    lines = [replace(line, sku=name, line_id=name) for line in order.lines]
    return replace(order, head=replace(order.head, order_id=name), lines=lines)


@pytest.mark.parametrize("shop", SHOPS)
@pytest.mark.parametrize("widget", WIDGETS)
def test_a_table_is_as_it_is_kept(widget: str, shop: str) -> None:
    """If a change is meant: `python -m tests.unit.widgets.scenes`, and read the difference."""
    assert made(widget, SHOPS[shop]) == kept(widget, shop).read_text(encoding="utf-8")


@given(name=HOSTILE)
@pytest.mark.parametrize("widget", WIDGETS)
def test_no_name_becomes_markup(widget: str, name: str) -> None:
    listed = FULL.listed
    assert listed
    shop = Shop(
        orders=[named(waiting("1", 3, 4), name)],
        purchases=[
            (replace(order, supplier_id=name, currency=name), lines) for order, lines in [bought("s", first=-3)]
        ],
        listed=(listed[0], [replace(risk("A", 50, 1), sku=name, supplier_id=name, currency=name)]),
        queues=[DeadLetters(name, 2, can_go_back=True), DeadLetters(name, 1, can_go_back=False)],
    )
    page = Page(made(widget, shop))
    plain = Page(made(widget, replace(FULL, orders=FULL.orders[:1])))
    assert {one.tag for one in page.elements} <= TAGS
    assert {name for one in page.elements for name in one.attributes} <= {
        name for one in plain.elements for name in one.attributes
    }
    for action in page.all("cwdb-action"):
        assert action.attributes["endpoint"] == REDRIVE
        assert set(json.loads(unescape(action.text))) == {"queue"}


@pytest.mark.parametrize("widget", WIDGETS)
def test_no_person_is_named(widget: str) -> None:
    html = made(widget, FULL)
    assert "ada@example.com" not in html
    assert "@" not in html
    assert "Ada" not in html


def test_the_longest_waiting_lines_come_first_and_one_order_cannot_fill_the_table() -> None:
    found = rows(made("oldest-lines", FULL))
    assert [row[0] for row in found] == ["100198"] * 3 + ["100231", "100377"]
    assert found[2][1] == "l2 and 1,111 more of this order"
    assert found[0][4:6] == ["55", "2026-01-14 passed"]
    assert found[-1][5:] == ["none yet", "none yet"]


def test_a_promised_day_is_the_one_its_customer_reads_wherever_the_merchant_is() -> None:
    shop = replace(FULL, orders=[waiting("100198", 12, 3, promised=9)])
    tokyo = make_widget({"widget": "oldest-lines"}, screen=shop, now=NOW, zone=ZoneInfo("Asia/Tokyo"), redrive=REDRIVE)
    assert rows(tokyo) == rows(made("oldest-lines", shop))


def test_what_lies_on_the_shelf_for_one_parcel_has_passed_no_date() -> None:
    view = waiting("100198", 12, 3, promised=1)
    here = replace(view.lines[0], promises=(promise(1, "stock"),))
    parcel = replace(view, head=replace(view.head, shipping="hold"), lines=[here])
    (row,) = rows(made("oldest-lines", replace(FULL, orders=[parcel])))
    assert row[4:6] == ["12", "2026-01-06"]


def test_what_was_promised_from_the_shelf_and_waits_has_passed_its_date() -> None:
    view = waiting("100198", 12, 3, promised=1)
    gone = replace(view.lines[0], promises=(promise(1, "stock"),))
    (row,) = rows(made("oldest-lines", replace(FULL, orders=[replace(view, lines=[gone])])))
    assert row[5] == "2026-01-06 passed"


def test_a_supplier_that_was_never_measured_has_no_data() -> None:
    acme, punctual, silent = sorted(rows(made("late-suppliers", FULL)))
    assert acme == ["acme", "1", "1", "12", "25.00 EUR", "0", "33.3 %", "1 of 3 lines, few"]
    assert punctual[6:] == ["100.0 %", "6 of 6 lines"]
    assert silent[6:] == ["no data", "no confirmed date has passed"]


def test_the_button_asks_before_it_calls_and_says_which_queue() -> None:
    page = Page(made("dead-letters", FULL))
    action = page.one("cwdb-action")
    assert action.attributes["action"] == "call"
    assert "1,203 letters of allocate-stock-dead.fifo" in action.attributes["confirmation"]
    assert json.loads(unescape(action.text)) == {"queue": "allocate-stock-dead.fifo"}
    assert rows(made("dead-letters", FULL))[1] == ["fan-out-changes-dead", "2", "not from here: docs/dead-letters.md"]


def test_a_limit_shortens_a_table_and_says_so() -> None:
    assert len(rows(made("late-suppliers", FULL, limit=1))) == 1
    assert "and 2 more suppliers" in made("late-suppliers", FULL, limit=1)
    assert "and 1 more queues" in made("dead-letters", FULL, limit=1)


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"widget": "everything"}, "/widget"),
        ({"widget": None}, "/widget"),
        ({"widget": ["risks"]}, "/widget"),
        ({"limit": 0}, "/limit"),
        ({"limit": True}, "/limit"),
        ({"limit": "12"}, "/limit"),
        ({"limit": 1.5}, "/limit"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_named(parameters: dict[str, object], pointer: str) -> None:
    html = made(str(parameters.pop("widget", "risks")), EMPTY, **parameters)
    assert [item.text.partition(":")[0] for item in Page(html).all("li")] == [pointer]


def test_the_documentation_names_every_widget() -> None:
    assert [name for name in WIDGETS if f"`{name}`" not in describe()] == []


class Queues:
    """A graveyard of two queues."""

    def __init__(self) -> None:
        self.letters = {"a-dead": 3, "b-dead": 0}
        self.moved: list[str] = []

    @property
    def names(self) -> list[str]:
        return list(self.letters)

    def redrive(self, queue: str, note: Callable[[int], None]) -> int:
        if self.letters[queue]:
            note(self.letters[queue])
        self.moved.append(queue)
        return self.letters[queue]


def pressed(queues: Queues, **parameters: Any) -> tuple[Redriven, list[tuple[str, int, str]]]:
    noted: list[tuple[str, int, str]] = []
    return redrive(parameters, graveyard=queues, note=lambda *what: noted.append(what)), noted


@pytest.mark.parametrize("queue", [None, 7, "", "c-dead", "https://sqs/a-dead", "<b>"])
def test_only_a_queue_that_is_known_is_sent_back(queue: object) -> None:
    queues = Queues()
    done, noted = pressed(queues, queue=queue)
    assert (done.queue, queues.moved, noted) == (None, [], [])
    assert "/queue: is one of a-dead, b-dead" in done.html


def test_what_was_sent_back_is_said() -> None:
    assert "About 3 letters of a-dead" in pressed(Queues(), queue="a-dead")[0].html
    done, noted = pressed(Queues(), queue="b-dead")
    assert ("b-dead was empty already" in done.html, noted) == (True, [])


def test_why_letters_are_sent_back_is_one_line_of_what_was_written() -> None:
    for odd in (None, [], {"forms": "x"}, {"forms": {"all": {"reason": {"a": 1}}}}):
        assert pressed(Queues(), queue="a-dead", widgetContext=odd)[1] == [("a-dead", 3, "")]
    long = {"forms": {"all": {"reason": "why\x00\u202e " * 200}}}
    (_, _, reason), *_ = pressed(Queues(), queue="a-dead", widgetContext=long)[1]
    assert (reason.startswith("why why why"), len(reason)) == (True, 200)
