"""Orders to suppliers at the operator's hands, and failures told to programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.operator.backorders.__main__ import main
from tests.flow.conftest import Shop
from tests.operator.conftest import Tool
from tests.operator.hands import shop, tool, url

__all__ = ["shop", "tool", "url"]

pytestmark = pytest.mark.slow


@pytest.fixture
def bought(shop: Shop) -> str:
    """An order for A and B that is at its supplier."""
    shop.order("1001", ("A", 2), ("B", 1))
    shop.days(1)
    (one,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    return str(one["purchase_order_id"])


def error(tool: Tool, *arguments: str) -> tuple[int, Any]:
    done = tool(*arguments, "--json")
    assert done.out == ""
    assert len(done.err.splitlines()) == 1, done.err
    return done.code, json.loads(done.err)["error"]


def test_orders_to_suppliers_are_listed_and_shown(bought: str, tool: Tool) -> None:
    found = tool("purchase-orders", "list", "--supplier", "acme", "--json").json
    assert [one["purchase_order_id"] for one in found] == [bought]
    assert tool("purchase-orders", "list", "--status", "cancelled", "--json").json == []
    assert tool("purchase-orders", "list").out.splitlines()[-1] == "1 purchase order(s)"
    shown = tool("purchase-orders", "show", bought).out
    assert [line.split()[0] for line in shown.splitlines()[2:4]] == ["A", "B"]


def test_what_a_supplier_says_is_entered_for_all_lines_or_line_by_line(bought: str, tool: Tool) -> None:
    answer = ("purchase-orders", "acknowledge", bought, "--date", "2026-03-02", "--line", "B=2026-03-09", "--json")
    lines = {line["sku"]: line for line in tool(*answer).json["lines"]}
    assert {sku: line["expected"]["likely"][:10] for sku, line in lines.items()} == {
        "A": "2026-03-02",
        "B": "2026-03-09",
    }
    lines = {
        x["sku"]: x for x in tool("purchase-orders", "acknowledge", bought, "--line", "A=1", "--json").json["lines"]
    }
    assert (lines["A"]["open"], lines["B"]["open"]) == (1, 1)


@pytest.mark.parametrize(("step", "left"), [("cancel", "cancelled"), ("close-short", "closed_short")])
def test_what_will_not_come_is_called_off_once_somebody_says_yes(bought: str, tool: Tool, step: str, left: str) -> None:
    refused = tool("purchase-orders", step, bought, "--reason", "bankrupt")
    assert (refused.code, bought in refused.err, "--yes" in refused.err) == (1, True, True)
    done = tool("purchase-orders", step, bought, "--reason", "bankrupt", "--yes", "--json").json
    assert [line["open"] for line in done["lines"]] == [0, 0]
    assert done["status"] == left
    assert done["history"][-1]["actor"] == "operations:local-shop"


def test_a_held_order_is_approved_once_somebody_says_yes(shop: Shop, tool: Tool) -> None:
    tool("switch", "auto-order", "off", "--reason", "stocktaking")
    shop.order("1001", ("A", 2))
    shop.days(1)
    (held,) = tool("purchase-orders", "list", "--json").json
    code, told = error(tool, "purchase-orders", "approve", held["purchase_order_id"], "--reason", "counted")
    assert (code, told["code"]) == (1, "not-confirmed")
    tool("purchase-orders", "approve", held["purchase_order_id"], "--reason", "counted", "--yes")
    shop.settle()
    assert "purchase_order" in shop.mails()


def test_automatic_cancellation_is_not_switched_on_unasked(shop: Shop, tool: Tool) -> None:
    tool("switch", "auto-cancel", "off", "--reason", "lawyers")
    refused = tool("switch", "auto-cancel", "on", "--reason", "lawyers")
    assert (refused.code, "cancelled" in refused.err, "--yes" in refused.err) == (1, True, True)
    assert tool("switch", "--json").json["auto-cancel"] is False
    assert tool("switch", "auto-cancel", "on", "--reason", "lawyers", "--yes").code == 0
    assert tool("switch", "--json").json["auto-cancel"] is True


def test_a_failure_is_one_object_for_programs_with_the_same_exit_code(bought: str, tool: Tool) -> None:
    code, told = error(tool, "purchase-orders", "show", "po_unknown")
    assert (code, told["code"]) == (1, "not-found")
    code, told = error(tool, "list", "--status", "x")
    assert (code, told["code"], told["field"]) == (1, "invalid", "status")
    code, told = error(tool, "purchase-orders", "cancel", bought, "--reason", "bankrupt")
    assert (code, told["code"]) == (1, "not-confirmed")
    for wrong in (
        ["purchase-orders", "acknowledge", bought, "--line", "A"],
        ["no-such-command"],
        ["list", "--most", "0"],
    ):
        code, told = error(tool, *wrong)
        assert (code, told["code"], bool(told["message"])) == (2, "usage", True)


def test_a_service_that_does_not_answer_is_told_to_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json", "--url", "http://127.0.0.1:1"]) == 1
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "trouble"
    assert main(["dead-letters", "list", "--json", "--local", "http://127.0.0.1:1"]) == 1
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "trouble"
