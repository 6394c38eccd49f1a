"""The watch over stocked items, from the order to the list an operator reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.routes import STOREFRONT
from shared.aws import keys
from shared.aws.stock_items import change_stock, read_stock
from shared.aws.table import Put, Table
from shared.aws.watch_store import TableWatch
from shared.backorders.ports import Stale
from shared.forecasting.history import History
from shared.forecasting.watch import watch_stock
from shared.inventory.asked import KEPT_DAYS, day_of
from shared.settings.model import MerchantSettings
from tests.functions.service import Service, running

SUPPLIER = {"name": "Acme", "email": "orders@acme.example", "lead_time_days": {"likely": 4, "by": 6}}
FIVE = datetime(2026, 1, 6, 5, 30, tzinfo=UTC)
EVENT = {"scheduled_time": "2026-01-06T05:30:00Z"}
DAY = timedelta(days=1)


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as made:
        made.context.seconds_left = 300
        assert made.call("PUT", "/v1/suppliers/acme", SUPPLIER).status < 300
        yield made


def item(service: Service, sku: str, *, free: int = 0, **card: Any) -> None:
    body = {"supplier_id": "acme", "unit_cost": "2.00", "reorder_point": 5, **card}
    assert service.call("PUT", f"/v1/items/{sku}", body).status < 300
    if free:
        posted = {"correction_id": f"c-{sku}", "sku": sku, "delta": free, "reason": "opening"}
        assert service.call("POST", "/v1/stock-corrections", posted).status < 300


def order(service: Service, number: str, *lines: tuple[str, int]) -> None:
    body = {
        "order_id": number,
        "customer": {"id": "c", "email": "c@customer.example", "name": "C"},
        "currency": "EUR",
        "lines": [{"line_id": str(n), "sku": s, "quantity": q, "unit_price": "5.00"} for n, (s, q) in enumerate(lines)],
    }
    assert service.call("POST", "/v1/backorders", body, scopes=STOREFRONT).status == 201
    messages = [
        {"messageId": str(n), "body": json.dumps({"sku": sku}), "attributes": {}} for n, (sku, _) in enumerate(lines)
    ]
    assert service.invoke("tally_demand", {"Records": messages}) == {"batchItemFailures": []}


def night(service: Service, at: datetime = FIVE) -> None:
    service.clock.advance_to(at)
    assert service.invoke("chase_overdue", EVENT) is None


def risks(service: Service, query: str = "") -> Any:
    reply = service.call("GET", f"/v1/risks{query}")
    assert reply.status == 200, reply.text
    return reply.json


def asked(service: Service, sku: str) -> dict[int, int]:
    return service.invoke_with_table(lambda table: read_stock(table, [sku])[sku].asked)


def today(service: Service) -> int:
    return day_of(service.clock.now())


# what was asked for


def test_a_line_is_in_the_demand_of_its_day_once_however_it_was_counted(service: Service) -> None:
    item(service, "A")
    item(service, "LIMITED", backorder_limit=100)

    order(service, "1", ("A", 2), ("LIMITED", 3))
    order(service, "2", ("A", 5))
    service.invoke("tally_demand", {"Records": [{"messageId": "m", "body": '{"sku": "A"}', "attributes": {}}]})

    assert asked(service, "A") == {today(service): 7}
    assert asked(service, "LIMITED") == {today(service): 3}


def test_a_large_order_is_in_the_demand_of_its_day(service: Service) -> None:
    item(service, "A")
    lines = [{"line_id": str(n), "sku": "A", "quantity": 1, "unit_price": "1.00"} for n in range(120)]
    body = {"order_id": "L", "customer": {"id": "c", "email": "c@c.example", "name": "C"}, "currency": "EUR"}
    key = service.call("POST", "/v1/backorders", body | {"lines": lines}, scopes=STOREFRONT).json["backorder_id"]
    parts = [item for item in service.items() if item["kind"]["S"] == "part"]
    assert key
    assert len(parts) == 2

    orders = [keys.order_of(part["pk"]["S"]) for part in parts]
    bodies = [{"order": name, "part": n} for n, name in enumerate(orders)] * 2
    records = [{"messageId": str(n), "body": json.dumps(body), "attributes": {}} for n, body in enumerate(bodies)]
    service.invoke("tally_demand", {"Records": records})

    assert asked(service, "A") == {today(service): 120}


def test_moves_of_units_are_no_demand(service: Service) -> None:
    item(service, "A", free=4)
    order(service, "1", ("A", 6))
    record = {
        "messageId": "m",
        "body": '{"sku": "A", "cause": "t", "rank": null}',
        "attributes": {"MessageGroupId": "g"},
    }
    service.invoke("allocate_stock", {"Records": [record]})

    assert asked(service, "A") == {today(service): 6}


def test_the_counters_keep_a_fortnight_whatever_is_asked_for(service: Service) -> None:
    item(service, "A")
    item(service, "LIMITED", backorder_limit=1000)
    for n in range(20):
        service.clock.advance_to(FIVE + n * DAY)
        order(service, str(n), ("A", 1), ("LIMITED", 1))

    for sku in ("A", "LIMITED"):
        assert sorted(asked(service, sku)) == list(range(today(service) - KEPT_DAYS + 1, today(service) + 1))


# the list


def test_before_the_first_night_the_list_is_empty(service: Service) -> None:
    assert risks(service) == {
        "made_at": None, "demand_through": None, "watched": 0, "at_risk": 0, "items": [], "next_cursor": None,
    }  # fmt: skip


def test_in_the_morning_the_list_names_what_will_run_out_the_most_valuable_first(service: Service) -> None:
    item(service, "CHEAP", unit_cost="0.10", free=1)
    item(service, "DEAR", unit_cost="80.00", free=1)
    item(service, "PLENTY", free=100_000)
    item(service, "UNWATCHED", reorder_point=None)
    order(service, "1", ("CHEAP", 30), ("DEAR", 30), ("PLENTY", 30), ("UNWATCHED", 30))

    night(service)

    found = risks(service)
    assert [one["sku"] for one in found["items"]] == ["DEAR", "CHEAP"]
    assert (found["watched"], found["at_risk"], found["demand_through"]) == (3, 2, "2026-01-05")
    worst = found["items"][0]
    assert (worst["rank"], worst["available"], worst["reorder_point"]) == (1, -29, 5)
    assert worst["probability_percent"] == 100
    assert worst["runs_out_on"] == "2026-01-06"
    # ordered that day at 15:00, there six days later
    assert worst["supply_by"] == "2026-01-12"
    assert float(worst["unmet_units"]) > 29


def test_what_is_on_its_way_counts_when_it_comes(service: Service) -> None:
    item(service, "A", free=0)
    order(service, "1", ("A", 8))
    service.clock.advance_to(datetime(2026, 1, 5, 15, 0, tzinfo=UTC))
    service.invoke("plan_purchase_orders", EVENT)

    night(service)

    (one,) = risks(service)["items"]
    assert (one["available"], one["on_order"]) == (-8, 13)


def test_a_night_writes_nothing_when_it_is_repeated(service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    item(service, "A")
    order(service, "1", ("A", 8))
    night(service)
    assert '"SkusAtRisk":[1' in capsys.readouterr().out.replace(" ", "")
    before = service.items()

    night(service)
    night(service, FIVE + timedelta(hours=3))

    assert service.items() == before
    assert "SkusAtRisk" not in capsys.readouterr().out


def test_a_lost_hour_is_made_up_for_once_there_is_a_list(service: Service) -> None:
    item(service, "A")
    night(service)

    night(service, FIVE + DAY - timedelta(hours=2))
    assert risks(service)["demand_through"] == "2026-01-05"
    night(service, FIVE + DAY + timedelta(hours=4))
    assert risks(service)["demand_through"] == "2026-01-06"


def test_a_shop_without_stocked_items_pays_nothing(service: Service) -> None:
    item(service, "A", reorder_point=None)
    order(service, "1", ("A", 8))
    service.clock.advance_to(FIVE)
    before = service.items()

    night(service)

    assert [one for one in service.items() if one not in before] == []
    assert risks(service)["made_at"] is None


def test_histories_grow_by_the_days_that_are_over(service: Service) -> None:
    item(service, "A")
    for n in range(30):
        service.clock.advance_to(FIVE - timedelta(hours=3) + n * DAY)
        if n % 3 == 0:
            order(service, str(n), ("A", 6))
        if n % 4 == 0:  # three nights of four are missed
            night(service, FIVE + n * DAY)

    history = service.invoke_with_table(lambda table: next(iter(TableWatch(table).watched())).history)

    assert history is not None
    assert history.since == day_of(FIVE) - 1  # the first night came before the first sale
    assert history.through == day_of(FIVE) + 27
    assert 8 < history.busy < 10
    assert history.logs / history.sizes == pytest.approx(1.791759, abs=1e-5)


def test_an_item_that_is_no_longer_stocked_leaves_the_list(service: Service) -> None:
    item(service, "A")
    order(service, "1", ("A", 8))
    night(service)
    item(service, "A", reorder_point=None)

    night(service, FIVE + DAY)

    found = risks(service)
    assert (found["watched"], found["items"]) == (0, [])


def test_two_runs_at_once_publish_one_list(service: Service) -> None:
    item(service, "A")
    service.clock.advance_to(FIVE)
    settings = MerchantSettings()

    class Slow(TableWatch):
        def publish(self, *given: Any) -> None:
            assert watch_stock(store=TableWatch(self._table), settings=settings, now=FIVE + timedelta(seconds=1))
            super().publish(*given)

    assert service.invoke_with_table(lambda t: watch_stock(store=Slow(t), settings=settings, now=FIVE)) is None
    assert risks(service)["made_at"] == "2026-01-06T05:30:01Z"


def test_a_history_is_not_replaced_by_one_that_knows_less(service: Service) -> None:
    def work(table: Table) -> None:
        store = TableWatch(table)
        store.remember("A", History(1, 5), None)
        store.remember("A", History(1, 9), History(1, 5))
        for before in (None, History(1, 5)):
            with pytest.raises(Stale):
                store.remember("A", History(1, 7), before)

    service.invoke_with_table(work)


def test_the_list_is_given_in_pages_and_a_cursor_ends_with_its_night(service: Service) -> None:
    names = [f"S{n:03}" for n in range(120)]
    for n, sku in enumerate(names):
        item(service, sku, unit_cost=f"{200 - n}.00")
    for start in range(0, 120, 60):
        order(service, f"o{start}", *((sku, 3) for sku in names[start : start + 60]))
    night(service)

    found, query = [], "?limit=47"
    while True:
        page = risks(service, query)
        found += page["items"]
        if page["next_cursor"] is None:
            break
        query = f"?limit=47&cursor={page['next_cursor']}"

    assert [one["sku"] for one in found] == names
    assert [one["rank"] for one in found] == list(range(1, 121))
    cursor = risks(service, "?limit=47")["next_cursor"]
    night(service, FIVE + DAY)
    reply = service.call("GET", f"/v1/risks?limit=47&cursor={cursor}")
    assert (reply.status, reply.pointers) == (422, ["cursor"])


def test_the_storefront_does_not_read_the_list(service: Service) -> None:
    assert service.call("GET", "/v1/risks", scopes=STOREFRONT).status == 403


# low


def test_the_reorder_point_stands_on_the_counters(service: Service) -> None:
    def low_at(sku: str) -> Any:
        return service.invoke_with_table(lambda table: (table.get(keys.stock(sku)) or {}).get("low_at"))

    item(service, "A")
    assert low_at("A") == 5
    item(service, "A", reorder_point=9)
    assert low_at("A") == 9
    item(service, "A", reorder_point=None)
    assert low_at("A") is None
    item(service, "B", reorder_point=None)
    item(service, "B", reorder_point=0)
    assert low_at("B") == 0


def test_counters_without_a_supplier_are_not_watched(service: Service) -> None:
    def work(table: Table) -> list[str]:
        table.write(Put({"kind": "entry", **keys.item_entry("X")}))
        table.write(change_stock("A", set_={"gsi1pk": keys.need("gone")}))
        return [one.item.sku for one in TableWatch(table).watched()]

    item(service, "A")
    assert service.invoke_with_table(work) == []
