"""What the functions say they consumed is what the services of the account metered."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from shared.aws import counting
from shared.runtime.metric_names import COST, NAMESPACE, VALUES
from tests.flow import published
from tests.flow.conftest import Shop


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Everything that is taken from the counting of calls, added up."""
    total: Counter[str] = Counter()
    take = counting.take

    def seen() -> dict[str, float]:
        taken = take()
        total.update(taken)  # type: ignore[arg-type]
        return taken

    monkeypatch.setattr(counting, "take", seen)
    return total


def a_life(shop: Shop) -> None:
    """An order of three lines from the storefront to the last mail."""
    for sku in ("A", "B", "C"):
        shop.item(sku)
    shop.order("1", ("A", 2), ("B", 1), ("C", 1))
    shop.days(1)
    shop.receive(A=2, B=1, C=1)
    shop.settle()
    for release in shop.ok("s", "GET", "/v1/releases?status=released")["items"]:
        shop.ok("s", "POST", f"/v1/releases/{release['release_id']}/ship", {"shipment_id": "s1"})
    shop.settle()


def test_functions_count_what_the_account_meters(shop: Shop, counted: Counter[str]) -> None:
    engine = shop.world.engine
    counting.take()
    counted.clear()
    engine.meter.reset()
    engine.dynamodb.meter.reset()
    a_life(shop)
    counting.take()
    metered = engine.dynamodb.meter.total()
    calls = {name: used.calls for name, used in engine.meter.by_operation().items()}
    assert metered.errors == 0  # of what is refused the table does not say what it cost
    assert (counted["write_units"], counted["read_units"]) == (metered.write_units, metered.read_units)
    assert counted["mails"] == calls["sesv2.SendEmail"] > 0
    assert counted["secret_reads"] == calls["secretsmanager.GetSecretValue"] > 0
    sent = counted["queue_requests"] + counted["fifo_requests"]
    assert sent == calls["sqs.SendMessageBatch"] > 0
    assert counted["events"] == len(list(published.ours(engine.events))) > 0


def test_a_life_has_a_cost_in_every_step_and_each_line_is_a_sample_of_it(shop: Shop) -> None:
    a_life(shop)
    told: dict[str, list[Any]] = {}
    for series in shop.world.output.metrics.as_json():
        if (series["namespace"], series["name"]) == (NAMESPACE, COST):
            told.setdefault(series["dimensions"]["step"], []).append(series)
    assert set(told) == set(VALUES["step"])
    assert all(series["min"] > 0 for of_step in told.values() for series in of_step)
    assert {name: sorted(one["count"] for one in series) for name, series in told.items()} == {
        "record": [3],
        "plan": [3, 3, 3],  # tallied, planned, mailed
        "receive": [3],
        "allocate": [3],
        "release": [3],
        "ship": [3],
        "notify": [9],  # accepted, released, shipped
    }
