"""What the demo's storefront, warehouse and suppliers send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.local.demo.agenda import Agenda
from infra.local.demo.book import BookLine, Cancellation, CancelledUnits, Order
from infra.local.demo.countries import country_and_locale
from infra.local.demo.service import RefusedError
from infra.local.demo.storefront import Storefront, finished, order_body
from infra.local.demo.suppliers import _receipt_lines
from infra.local.demo.warehouse import _short_pick
from shared.contracts.backorders import BackorderBody

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def order(number: int = 1, customer: str = "12345", country: str = "Sweden") -> Order:
    lines = (BookLine("1", "A", 6, "2.55"), BookLine("2", "B", 1, "0.00"))
    return Order(NOON, str(number), customer, country, lines)


def test_an_order_becomes_a_body_that_the_contract_accepts() -> None:
    for number in range(300):
        BackorderBody.model_validate(order_body(order(number, customer=str(number)), "GBP"))


@pytest.mark.parametrize("customer", ["guest-536544", "Ünal 7", "a@b", "x" * 64])
def test_any_customer_id_gets_a_mail_address(customer: str) -> None:
    body = BackorderBody.model_validate(order_body(order(customer=customer), "GBP"))

    assert body.customer.email.endswith("@customers.example")


def test_the_country_decides_the_language() -> None:
    assert order_body(order(country="Germany"), "GBP")["customer"]["locale"] == "de"
    assert country_and_locale("Unspecified") == ("GB", "en")


def test_the_same_order_always_has_the_same_wishes_and_orders_differ() -> None:
    bodies = [order_body(order(number, customer=str(number)), "GBP") for number in range(400)]

    assert bodies == [order_body(order(number, customer=str(number)), "GBP") for number in range(400)]
    assert 30 < sum(body["shipping"] == "hold" for body in bodies) < 90
    assert {body["priority"] for body in bodies} == {"standard", "silver", "gold"}
    assert sum("need_by" in body for body in bodies) < 40


class Shop:
    """Answers POST /v1/backorders with the refusals it was given, then takes the order."""

    def __init__(self, *refusals: RefusedError) -> None:
        self.refusals = list(refusals)
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str] = []

    def post(self, path: str, *, body: dict[str, Any], key: str, scope: str) -> Any:
        assert (path, scope) == ("/v1/backorders", "storefront")
        self.bodies.append(body)
        self.keys.append(key)
        if self.refusals:
            raise self.refusals.pop(0)

        class Answer:
            @staticmethod
            def json() -> dict[str, Any]:
                return {"backorder_id": "bo_1"}

        return Answer


def refused(status: int, *pointers: str) -> RefusedError:
    return RefusedError("POST", "/v1/backorders", status, {"errors": [{"pointer": pointer} for pointer in pointers]})


def storefront(shop: Shop) -> Storefront:
    return Storefront(shop, "GBP", {"A": "C"}, Agenda())  # type: ignore[arg-type]


def test_a_refused_line_is_ordered_as_its_alternative_under_another_key() -> None:
    shop = Shop(refused(409, "/lines/0/quantity"))
    front = storefront(shop)

    front.place(order())

    assert [line["sku"] for line in shop.bodies[-1]["lines"]] == ["C", "B"]
    assert shop.keys[0] != shop.keys[1]
    assert front.recorded == {"1": "bo_1"}
    assert front.counts["lines ordered as their alternative"] == 1


def test_a_cancellation_names_each_order_once_however_its_lines_lie() -> None:
    asked: list[tuple[str, str, dict[str, int]]] = []

    class Desk:
        @staticmethod
        def post(_path: str, backorder_id: str, *, body: dict[str, Any], key: str, **_: Any) -> Any:
            units = {line["line_id"]: line["quantity"] for line in body["lines"]}
            asked.append((backorder_id, key, units))
            return httpx.Response(200, json={"cancelled": body["lines"]})

    front = Storefront(Desk(), "GBP", {}, Agenda())  # type: ignore[arg-type]
    front.recorded |= {"1": "bo_1", "2": "bo_2"}
    parts = (CancelledUnits("1", "1", 2), CancelledUnits("2", "1", 1), CancelledUnits("1", "2", 1))
    front.cancel(Cancellation(NOON, "C1", parts))
    assert [(order_id, units) for order_id, _, units in asked] == [("bo_1", {"1": 2, "2": 1}), ("bo_2", {"1": 1})]
    assert len({key for _, key, _ in asked}) == 2


def test_a_refused_line_without_alternative_is_left_out() -> None:
    shop = Shop(refused(409, "/lines/1/quantity"))
    front = storefront(shop)

    front.place(order())

    assert [line["sku"] for line in shop.bodies[-1]["lines"]] == ["A"]
    assert front.counts["lines refused and left out"] == 1


@pytest.mark.parametrize(
    "refusals",
    [
        [refused(422, "/lines/0/quantity")],
        [refused(409, "/order_id")],
        [refused(409, "/lines/0/quantity", "/lines/1/quantity"), refused(409, "/lines/0/quantity")],
    ],
)
def test_an_order_that_cannot_be_mended_is_counted_as_refused(refusals: list[RefusedError]) -> None:
    front = storefront(Shop(*refusals))

    front.place(order())

    assert front.recorded == {}
    assert front.counts["orders refused"] == 1
    assert len(front.refusals) == 1


def view(**units: int) -> dict[str, Any]:
    return {"lines": [{"quantities": {"waiting": 0, "allocated": 0, "released": 0, **units}}]}


@pytest.mark.parametrize("bucket", ["waiting", "allocated", "released"])
def test_an_order_is_finished_when_nothing_of_it_is_on_its_way(bucket: str) -> None:
    assert finished(view(shipped=3))
    assert not finished(view(**{bucket: 1}))


def test_a_short_pick_leaves_one_unit_behind_and_ships_something() -> None:
    found = 0
    for number in range(2000):
        lines = [{"line_id": "1", "quantity": 3, "shipped": 0}, {"line_id": "2", "quantity": 1, "shipped": 0}]
        picked = _short_pick({"release_id": str(number), "lines": lines})
        if picked:
            found += 1
            assert picked == [{"line_id": "1", "quantity": 2}, {"line_id": "2", "quantity": 1}]
    assert 25 < found < 80


def test_a_parcel_of_one_unit_is_never_short() -> None:
    lines = [{"line_id": "1", "quantity": 1, "shipped": 0}]

    assert not any(_short_pick({"release_id": str(number), "lines": lines}) for number in range(500))


OPEN = [{"sku": "A", "open": 12}, {"sku": "B", "open": 30}]


@pytest.mark.parametrize(
    ("how", "least", "most"), [("complete", 42, 42), ("rest", 42, 42), ("short", 28, 38), ("over", 48, 48)]
)
def test_a_delivery_brings_what_its_kind_says(how: str, least: int, most: int) -> None:
    for number in range(50):
        assert least <= sum(line["quantity"] for line in _receipt_lines(str(number), how, OPEN)) <= most


def test_damaged_units_come_on_top_of_the_good_ones() -> None:
    for number in range(50):
        lines = _receipt_lines(str(number), "damaged", OPEN)
        assert sum(line["quantity"] + line.get("rejected", 0) for line in lines) == 42
        assert sum(line.get("rejected", 0) for line in lines) in {1, 3}


def test_a_line_of_nothing_is_not_delivered() -> None:
    lines = [_receipt_lines(str(number), "two parts", [{"sku": "A", "open": 1}]) for number in range(50)]

    assert [] in lines
    assert [{"sku": "A", "quantity": 1}] in lines
    assert all(line["quantity"] for some in lines for line in some)


def test_the_agenda_is_in_order_of_time_then_of_entry() -> None:
    agenda, done = Agenda(), []
    agenda.add(NOON + timedelta(hours=1), lambda: done.append("later"))
    agenda.add(NOON, lambda: done.append("first"))
    agenda.add(NOON, lambda: done.append("second"))

    assert agenda.next_at == NOON
    while agenda.next_at is not None:
        agenda.pop()()
    assert done == ["first", "second", "later"]
