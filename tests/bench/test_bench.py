"""The benchmark's own instruments."""

from __future__ import annotations

import importlib
import time
from typing import Any

import pytest

from infra.local.engine import Engine
from tests.bench import allocating, figures, planning, promising, recording, spent
from tests.bench.seeding import Seed, cards, queue_up, suppliers
from tests.bench.shop import Shop, WrongResultError, opened


def _burn(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def _slowed(function: Any) -> Any:
    """The function, after a fifth of a second of CPU."""

    def slow(*given: Any) -> Any:
        _burn(0.2)
        return function(*given)

    return slow


@pytest.mark.slow
def test_the_stopwatch_counts_the_handler_and_not_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as shop:
        skus = recording.open_catalogue(shop, 3)
        recording.record(shop, recording.body("warm-up", skus))
        monkeypatch.setattr(Engine, "request", _slowed(Engine.request))
        _, slow_engine = recording.record(shop, recording.body("slow-engine", skus))
    assert slow_engine.used().calls >= 2
    assert slow_engine.cpu() < 0.2


@pytest.mark.slow
def test_the_stopwatch_sees_a_slow_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("functions.api.handler")
    monkeypatch.setattr(module, "handler", _slowed(module.handler))
    with opened() as shop:
        skus = recording.open_catalogue(shop, 3)
        recording.record(shop, recording.body("warm-up", skus))
        _, measured = recording.record(shop, recording.body("slow", skus))
    assert measured.cpu() >= 0.2


def test_units_and_calls_are_the_same_with_and_without_botocore() -> None:
    counted = []
    for wire in (True, False):
        with opened(wire=wire) as shop:
            measured = recording.record(shop, recording.body("order-1", recording.open_catalogue(shop, 3)))[1]
            counted.append(measured.by_function)
    assert counted[0] == counted[1]
    assert counted[0]["api"].calls > 0


def test_seeded_orders_are_sound_and_look_like_recorded_ones() -> None:
    with opened() as shop:
        who = suppliers(2)
        items = cards(2, who)
        seed = Seed(items, who)
        wanted = queue_up(seed, 20, [item.sku for item in items], shop.world.clock.now())
        seed.plant(shop)
        recording.record(shop, recording.body("recorded", [items[0].sku]))
        shop.world.settle()
        shop.require_sound_books(settled=True)
        heads = [item for item in shop.items() if item["kind"]["S"] == "backorder"]
        lines = [item for item in shop.items() if item["kind"]["S"] == "line"]
    assert len(lines) == 21
    assert sum(int(line["ordered"]["N"]) for line in lines) == sum(units for _, units in wanted) + 2
    assert len({frozenset(item) for item in heads}) == 1
    assert len({frozenset(item) for item in lines}) == 1


def test_a_wrong_result_has_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who came later is served first: the benchmark refuses to measure that."""
    plain = Shop.invoke

    def unfair(shop: Shop, function: str, *bodies: object, queue: str) -> None:
        plain(shop, function, *bodies, queue=queue)  # type: ignore[arg-type]
        table = shop.world.engine.dynamodb.table(shop.table_name)
        lines = [item for item in table.items() if item["kind"]["S"] == "line"]
        lines[0] |= {"released": {"N": "0"}, "waiting": lines[0]["ordered"]}
        put = {"TableName": shop.table_name, "Item": lines[0]}
        shop.world.engine.execute("dynamodb", "PutItem", put)

    monkeypatch.setattr(Shop, "invoke", unfair)
    with opened() as shop, pytest.raises(WrongResultError):
        allocating.half_arrives(shop, 10)


def test_the_exponent_is_one_for_what_grows_in_proportion() -> None:
    assert figures.exponent((10, 3.0), (1000, 300.0)) == pytest.approx(1)
    assert figures.exponent((10, 3.0), (100, 300.0)) == pytest.approx(2)


def test_a_missed_target_is_shown_as_missed() -> None:
    text = figures.table([figures.Figure("a", 1234.5, "ms", 1000), figures.Figure("b", 0.25, "ms", 1)])
    assert "1,234  ms    <= 1,000  MISSED" in text or "1,235  ms    <= 1,000  MISSED" in text
    assert "0.250  ms    <= 1      met" in text


@pytest.mark.slow
def test_planning_costs_the_same_however_many_lines_wait_for_the_same_items() -> None:
    used = []
    for lines in (planning.SKUS, 30 * planning.SKUS):
        with opened(wire=False) as shop:
            used.append(planning.plan(shop, lines).used().as_json())
    assert used[0] == used[1]


@pytest.mark.slow
def test_lines_are_dated_anew_in_pages_and_only_those_are_written_whose_date_changed() -> None:
    with opened(wire=False) as shop:
        first, again, changed = promising.put_off(shop, 400)
    assert changed == 200
    pages, transactions = 400 / 100, changed / 25
    assert first.used().calls <= pages + transactions + 10
    assert again.used().calls <= 5


def test_what_steps_consume_is_what_the_engine_meters() -> None:
    with opened(wire=False) as shop:
        measured = recording.record(shop, recording.body("order-1", recording.open_catalogue(shop, 3)))[1]
    used, record = measured.used(), measured.spent["record"]
    assert set(measured.spent) == {"record"}
    assert (record["write_units"], record["read_units"]) == (used.write_units, used.read_units)
    assert (record["api_requests"], record["invocations"]) == (1, 1)


def test_costs_stand_beside_the_lower_bound_of_an_order_of_that_size() -> None:
    spent_on = {"record": {"write_units": 12.0, "log_bytes": 1e6}, "notify": {"mails": 3.0, "gb_seconds": 9.0}}
    rows = {one.name.partition(": ")[2]: one for one in spent.figures("a day", spent_on, 3, 3, "us-east-1")}
    assert rows["record"].value == pytest.approx(1000 * 12 * 0.625e-6 / 3)
    assert rows["in all"].value == pytest.approx(rows["without mails"].value + 0.1)
    assert rows["mails"].note.startswith("lower bound 0.100")
    assert rows["its log beside"].value > 0  # and neither it nor time is in the sum
    assert rows["without mails"].value == pytest.approx(rows["record"].value)
