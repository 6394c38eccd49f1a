"""The books are audited while business goes on; what is wrong is found, alarmed and repaired by an entry."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local import control
from infra.operator.check_dump import main
from shared.aws.keys import stock as stock_key
from tests.flow.conftest import Shop

Json = dict[str, Any]


def invoked(shop: Shop, event: Json) -> Any:
    functions = shop.world.lambdas.functions
    (function,) = (found for name, found in functions.items() if name.endswith("audit-books"))
    return shop.world.lambdas.invoke(function, event)


def audit(shop: Shop, **event: Any) -> Json:
    outcome = invoked(shop, event)
    assert outcome.error is None, outcome.error
    return dict(outcome.value)


def tamper(shop: Shop, sku: str, **units: int) -> None:
    """A bug, or somebody at the console: counters change and nothing tells of it."""
    (table,) = shop.world.template.of_type("AWS::DynamoDB::Table")
    key = {name: {"S": value} for name, value in stock_key(sku).items()}
    request = {"TableName": table.name, "Key": key}
    item = shop.world.engine.execute("dynamodb", "GetItem", request)["Item"]
    for name, delta in units.items():
        item[name] = {"N": str(int(item[name]["N"]) + delta)}
    item["short"] = {"N": str(int(item["waiting"]["N"]) - int(item["free"]["N"]))}
    shop.world.engine.execute("dynamodb", "PutItem", {"TableName": table.name, "Item": item})


def metrics(shop: Shop) -> Json:
    names = ("InvariantViolations", "ReconcileDrift")
    seen = [metric for metric in shop.world.output.metrics.as_json() if metric["name"] in names]
    return {metric["name"]: metric["sum"] for metric in seen}


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Orders of every kind, some goods, a purchase order."""
    shop.item("A", free=3)
    shop.item("B")
    shop.order("1", ("A", 2), ("B", 1))
    shop.order("2", ("A", 4), shipping="hold")
    shop.order("3", *[("B", 1)] * 95)
    shop.settle()
    shop.ok("o", "POST", "/v1/purchase-plans", {"dry_run": False})
    shop.settle()
    return shop


def test_right_books_are_looked_at_to_the_end_and_nothing_is_said(busy: Shop) -> None:
    found = audit(busy)
    assert (found["violations"], found["suspects"]) == (0, 0)
    assert found["looked_at"] == 2 + 3 + 1


def test_between_two_walks_a_week_apart_only_suspects_are_looked_at(busy: Shop) -> None:
    audit(busy)
    assert audit(busy)["looked_at"] == 0
    tamper(busy, "A", waiting=5)
    assert audit(busy)["suspects"] == 0
    assert audit(busy, walk=True)["suspects"] == 1
    repair(busy, "A")
    assert audit(busy)["looked_at"] == 1
    busy.world.advance(timedelta(days=6, hours=23))
    assert audit(busy)["looked_at"] == 0
    busy.world.advance(timedelta(hours=2))
    assert audit(busy)["looked_at"] == 0, "the hourly run did it"


def test_a_counter_that_is_off_is_suspected_first_and_a_violation_an_hour_later(busy: Shop) -> None:
    tamper(busy, "A", waiting=5)
    assert audit(busy)["violations"] == 0
    busy.world.advance(timedelta(hours=1, minutes=1))
    assert metrics(busy) == {"InvariantViolations": 1, "ReconcileDrift": 5}
    repair(busy, "A")
    assert audit(busy)["violations"] == 0


def test_a_repair_is_an_entry_in_the_ledger_that_says_who_and_why_and_happens_once(busy: Shop) -> None:
    tamper(busy, "A", waiting=5)
    first = repair(busy, "A")
    assert units(first) == {"waiting": -5}
    tamper(busy, "A", waiting=1)
    assert repair(busy, "A") == first
    assert units(repair(busy, "A", repair_id="r2")) == {"waiting": -1}
    entries = [item for item in busy.items_of_table() if item["kind"] == {"S": "ledger"}]
    entry = next(item for item in entries if item["what"] == {"S": "repair"})
    assert (entry["actor"], entry["reason"]) == ({"S": "ann"}, {"S": "counter was off"})


def test_the_id_of_a_repair_stands_for_its_reason(busy: Shop) -> None:
    body = {"repair_id": "r9", "sku": "A", "reason": "counter was off"}
    first = busy.ok("o", "POST", "/v1/repairs", body)
    assert busy.ok("o", "POST", "/v1/repairs", body) == first, "another key, the same repair"
    assert busy.call("o", "POST", "/v1/repairs", body | {"reason": "something else"}).status == 409


def test_a_counter_that_forgot_what_came_in_follows_the_ledger_again(busy: Shop) -> None:
    tamper(busy, "A", received=7, free=7)
    assert units(repair(busy, "A")) == {"received": -7, "free": -7}


def test_more_units_with_orders_than_ever_came_in_is_no_matter_for_a_repair(busy: Shop) -> None:
    (table,) = busy.world.template.of_type("AWS::DynamoDB::Table")
    (entry,) = (item for item in busy.items_of_table() if item["kind"] == {"S": "ledger"})
    key = {name: entry[name] for name in ("pk", "sk")}
    busy.world.engine.execute("dynamodb", "DeleteItem", {"TableName": table.name, "Key": key})
    outcome = invoked(busy, {"repair": {"repair_id": "r", "sku": "A", "actor": "ann", "reason": "x"}})
    assert "count the shelf" in str(outcome.error)
    busy.world.engine.execute("dynamodb", "PutItem", {"TableName": table.name, "Item": entry})


def test_a_repair_without_a_reason_is_refused(busy: Shop) -> None:
    outcome = invoked(busy, {"repair": {"repair_id": "r", "sku": "A", "actor": "ann", "reason": " "}})
    assert "Invalid" in str(outcome.error)


def rules(shop: Shop) -> set[str]:
    """What the local run says is wrong."""
    return {found["rule"] for found in control.violations(shop.world)}


def test_while_work_is_on_its_way_the_local_run_looks_only_for_what_is_wrong_at_any_time(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 2))
    assert (rules(shop), [found["rule"] for found in shop.violations()]) == (set(), ["demand_is_counted"])
    tamper(shop, "A", on_order=3)
    assert rules(shop) == set()
    tamper(shop, "A", received=1)
    assert rules(shop) == {"stock_adds_up", "ledger_replays"}
    tamper(shop, "A", on_order=-3, received=-1)


def test_once_all_work_is_done_the_local_run_looks_for_everything(shop: Shop) -> None:
    shop.item("A")
    shop.order("1", ("A", 2))
    tamper(shop, "A", on_order=3)
    shop.settle()
    assert rules(shop) == {"on_order_agrees"}
    tamper(shop, "A", on_order=-3)


def test_one_sku_can_be_looked_at_by_itself(busy: Shop) -> None:
    assert audit(busy, sku="A") == {"violations": []}
    tamper(busy, "A", waiting=2)
    (found,) = audit(busy, sku="A")["violations"]
    assert (found["rule"], found["units"]) == ("demand_agrees", 2)
    repair(busy, "A")


@pytest.mark.parametrize(
    ("name", "what"), [("sku", "item"), ("backorder_id", "backorder"), ("purchase_order_id", "purchase order")]
)
def test_what_is_not_there_has_no_books_to_be_right(shop: Shop, name: str, what: str) -> None:
    answer = shop.call("o", "POST", "/v1/audits", {name: "NOPE"})
    assert (answer.status, answer.body["detail"]) == (404, f"there is no such {what}")


def test_what_is_there_has_books_even_before_anything_happened(shop: Shop) -> None:
    shop.supplier("small", min_order_value="1000", max_wait_days=60)
    shop.item("A", supplier_id="small")
    order = shop.order("1", ("A", 1))
    shop.days(1)
    held = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    shop.item("B")
    names = [{"sku": "B"}, {"backorder_id": order["backorder_id"]}]
    names += [{"purchase_order_id": one["purchase_order_id"]} for one in held]
    assert [one["status"] for one in held] == ["held"]
    for name in names:
        assert shop.ok("o", "POST", "/v1/audits", name) == {"violations": []}


def repair(shop: Shop, sku: str, repair_id: str = "r1") -> Json:
    command = {"repair_id": repair_id, "sku": sku, "actor": "ann", "reason": "counter was off"}
    return audit(shop, repair=command)


def units(repaired: Json) -> Json:
    return {name: n for name, n in repaired.items() if n and name != "sku"}


def test_an_exported_table_is_checked_by_the_same_rules_without_aws(busy: Shop, tmp_path: Path) -> None:
    dump = tmp_path / "dump.jsonl.gz"
    with gzip.open(dump, "wt") as file:
        file.writelines(json.dumps({"Item": item}) + "\n" for item in busy.items_of_table())
    assert main([str(dump)]) == 0
    wrong = tmp_path / "wrong.jsonl"
    items = [
        item | {"waiting": {"N": "7"}} if item["kind"] == {"S": "stock"} else item for item in busy.items_of_table()
    ]
    wrong.write_text("".join(json.dumps(item) + "\n" for item in items))
    assert main([str(wrong), "--json"]) == 1
    wrong.write_text("no dump")
    assert main([str(wrong)]) == 2
    assert main([str(tmp_path / "missing")]) == 2
