"""The operator's hands: every command against the service on this machine."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from infra.operator.backorders.__main__ import main
from infra.operator.backorders.session import Progress, Session
from infra.operator.service import Trouble, connect
from tests.flow.conftest import Shop
from tests.flow.test_audit import tamper
from tests.operator.conftest import Tool
from tests.operator.hands import shop, tool, url

__all__ = ["shop", "tool", "url"]

pytestmark = pytest.mark.slow


def two_orders(shop: Shop) -> tuple[str, str]:
    """Two orders that wait for A, the second for B too."""
    first, second = shop.order("1001", ("A", 2)), shop.order("1002", ("A", 3), ("B", 1))
    shop.settle()
    return str(first["backorder_id"]), str(second["backorder_id"])


def test_orders_and_lines_are_listed_by_what_is_known_of_them(shop: Shop, tool: Tool) -> None:
    first, second = two_orders(shop)
    assert [one["backorder_id"] for one in tool("list", "--json").json] == [first, second]
    assert [one["backorder_id"] for one in tool("list", "--sku", "B", "--json").json] == [second]
    lines = tool("list", "--sku", "A", "--lines", "--json").json
    assert [(line["backorder_id"], line["sku"]) for line in lines] == [(first, "A"), (second, "A")]
    found = tool("list", "--order-id", "1002", "--storefront", "local-shop", "--json").json
    assert [one["order_id"] for one in found] == ["1002"]
    shown = tool("list")
    assert (shown.code, shown.out.splitlines()[-1]) == (0, "2 order(s)")
    assert tool("list", "--most", "1", "--json").json[0]["backorder_id"] == first


@pytest.mark.parametrize("term", ["1002", "b", "ANN@", "2"])
def test_an_order_is_found_by_a_part_of_what_is_known_of_it(shop: Shop, tool: Tool, term: str) -> None:
    _, second = two_orders(shop)
    assert second in [one["backorder_id"] for one in tool("search", term, "--json").json]


def test_what_is_wrong_with_a_filter_is_said_once(shop: Shop, tool: Tool) -> None:
    done = tool("list", "--status", "x")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("status") == done.err.count("must be one of") == 1


def test_a_finished_order_is_found_by_its_number_in_its_shop(shop: Shop, tool: Tool) -> None:
    order = shop.order("1001", ("A", 2))
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "enough"})
    shop.days(1)
    nothing = tool("search", "1001", "--json")
    assert (nothing.code, nothing.json) == (1, [])
    assert "--storefront SHOP" in tool("search", "1001").out
    found = tool("search", "1001", "--storefront", "local-shop", "--json")
    assert (found.code, [one["status"] for one in found.json]) == (0, ["cancelled"])
    assert tool("search", order["backorder_id"]).code == 0


def test_of_an_order_of_which_nothing_waits_every_line_says_why(shop: Shop, tool: Tool) -> None:
    order = shop.order("1001", ("A", 2), ("B", 1))
    shop.ok("s", "POST", f"/v1/backorders/{order['backorder_id']}/cancel", {"reason": "enough"})
    shop.days(1)
    done = tool("explain", order["backorder_id"])
    assert done.code == 0
    assert done.out.count("Nothing of this line waits: it is cancelled.") == 2


def test_an_order_a_line_and_a_queue_are_shown(shop: Shop, tool: Tool) -> None:
    first, second = two_orders(shop)
    assert "2 waiting" in tool("show", first).out
    assert "recorded" in tool("show", first, "--history").out
    assert "3 units" in tool("explain", second, "0").out
    assert [one["line_id"] for one in tool("explain", second, "--json").json] == ["0", "1"]
    assert [one["cumulative"] for one in tool("queue", "A", "--json").json] == [2, 5]
    assert tool("queue", "A").out.splitlines()[-1] == "2 line(s) wait for A"
    assert tool("stock", "A", "--json").json["waiting"] == 5


def test_a_priority_moves_an_order_and_says_who_and_why(shop: Shop, tool: Tool) -> None:
    first, second = two_orders(shop)
    done = tool("prioritise", second, "gold", "--reason", "promised on the phone")
    assert (done.code, done.out.strip()) == (0, f"{second} has priority gold now")
    shop.settle()
    assert [one["backorder_id"] for one in tool("queue", "A", "--json").json] == [second, first]
    (event,) = [one for one in tool("show", second, "--history", "--json").json["history"] if one["event"] == "amend"]
    assert (event["actor"], event["cause"]) == ("operations:local-shop", "promised on the phone")


def test_a_recall_asks_first_and_its_order_goes_on_when_it_is_resumed(shop: Shop, tool: Tool) -> None:
    first, _ = two_orders(shop)
    shop.found("A", 2)
    shop.days(0.1)
    (release,) = shop.ok("o", "GET", f"/v1/backorders/{first}")["releases"]
    refused = tool("recall", release["release_id"], "--reason", "wrong shelf")
    assert (refused.code, "--yes" in refused.err) == (1, True)
    assert shop.units({"backorder_id": first}) == {"released": 2}
    assert tool("recall", release["release_id"], "--reason", "wrong shelf", "--yes").code == 0
    assert shop.units({"backorder_id": first}) == {"allocated": 2}
    causes = [one["cause"] for one in tool("show", first, "--history", "--json").json["history"]]
    assert f"{release['release_id']}: wrong shelf" in causes
    assert tool("resume", first, "--reason", "found it").code == 0
    shop.days(0.1)
    assert shop.units({"backorder_id": first}) == {"released": 2}


def test_a_plan_is_shown_before_anything_is_ordered(shop: Shop, tool: Tool) -> None:
    two_orders(shop)
    asked = tool("plan", "--reason", "the fair is on Friday")
    assert asked.code == 1
    assert "5 of A" in asked.err
    assert shop.ok("o", "GET", "/v1/purchase-orders")["items"] == []
    assert "5 of A" in tool("plan", "--reason", "only looking", "--dry-run").out
    assert tool("actions", "--json").json == []
    done = tool("plan", "--reason", "the fair is on Friday", "--yes", "--json")
    (order,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    assert [one["purchase_order_id"] for one in done.json["orders"]] == [order["purchase_order_id"]]
    (noted,) = tool("actions", "--json").json
    assert (noted["action"], noted["actor"], noted["reason"]) == (
        "plan",
        "operations:local-shop",
        "the fair is on Friday",
    )
    assert noted["detail"] == {"orders": [order["purchase_order_id"]]}


def test_what_is_asked_at_a_terminal_is_done_only_for_yes(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    Session(connect(url), ask=lambda _: "Yes\n").confirm("Order")
    with pytest.raises(Trouble, match="nothing was done"):
        Session(connect(url), ask=lambda _: "\n").confirm("Order")


def test_switched_off_mail_stays_off_from_the_next_order_on_and_is_told_later(shop: Shop, tool: Tool) -> None:
    assert tool("switch", "--json").json == {"mail": True, "auto-order": True, "auto-cancel": True}
    off = tool("switch", "mail", "off", "--reason", "wrong template")
    assert (off.code, "mail  off" in off.out) == (0, True)
    two_orders(shop)
    assert shop.mails() == []
    assert tool("switch", "mail", "on", "--reason", "template is right").code == 0
    shop.days(0.1)
    assert shop.mails() == ["accepted", "accepted"]
    later, first = tool("actions", "--json").json
    assert [one["reason"] for one in (first, later)] == ["wrong template", "template is right"]
    assert first["detail"] == {"mail_enabled": {"before": True, "after": False}}


def test_switched_off_ordering_holds_the_next_purchase_order(shop: Shop, tool: Tool) -> None:
    shop.ok("o", "PUT", "/v1/settings", {"patience_days": 3})
    two_orders(shop)
    assert tool("switch", "auto-order", "off", "--reason", "stocktaking").code == 0
    assert shop.ok("o", "GET", "/v1/settings")["patience_days"] == 3
    assert tool("plan", "--reason", "as every day", "--yes").code == 0
    (order,) = shop.ok("o", "GET", "/v1/purchase-orders")["items"]
    assert order["status"] == "awaiting_approval"


def test_a_simulation_says_who_would_fare_otherwise(shop: Shop, tool: Tool) -> None:
    two_orders(shop)
    done = tool("simulate", "receipt sku=A quantity=4", "--json").json
    assert [(one["order_id"], one["after"]["waiting"]) for one in done["lines"]] == [("1001", 0), ("1002", 1)]
    assert "2 line(s) would fare otherwise" in tool("simulate", '{"kind": "receipt", "sku": "A", "quantity": 4}').out


def test_wrong_counters_are_found_and_repaired_by_an_entry_that_says_why(shop: Shop, tool: Tool) -> None:
    two_orders(shop)
    shop.settle()
    assert (tool("audit").code, tool("audit", "A", "--json").json["violations"]) == (0, [])
    mistyped = tool("audit", "NOPE")
    assert mistyped.code == 1
    assert "NOPE: there is no such item" in mistyped.out
    tamper(shop, "A", waiting=2)
    with_others = tool("audit", "NOPE", "A", "--json").json
    assert (len(with_others["unknown"]), with_others["looked_at"], bool(with_others["violations"])) == (1, 1, True)
    found = tool("audit", "--json")
    assert (found.code, found.json["looked_at"]) == (1, 2)
    assert any("A" in one["where"] for one in found.json["violations"])
    assert "waiting -2" in tool("repair", "A", "--reason", "audit", "--dry-run").out
    assert tool("repair", "A", "--reason", "audit").code == 1
    assert tool("audit").code == 1
    assert tool("repair", "A", "--reason", "audit", "--yes", "--json").json["waiting"] == -2
    assert (tool("audit").code, tool("repair", "A", "--reason", "audit").out) == (0, "A: the counters are right\n")


def test_dead_letters_are_the_other_tools(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dead-letters", "list", "--local", url]) == 0
    assert "queues are empty" in capsys.readouterr().out
    assert main(["--url", url, "dead-letters"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--order-id", "1"],
        ["list", "--most", "0"],
        ["simulate", "receipt A"],
        ["switch", "mail", "off"],
        ["switch", "mail"],
        ["prioritise", "bo_1", "gold"],
        ["no-such-command"],
    ],
)
def test_arguments_that_make_no_sense_are_told_from_what_was_refused(tool: Tool, arguments: list[str]) -> None:
    assert tool(*arguments).code == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("receipt sku=A quantity=many", "quantity is a whole number, not 'many'"),
        ('{"kind": "receipt"', "begins like JSON and is none"),
        ("", "write kind name=value ..., or JSON"),
    ],
)
def test_a_change_that_cannot_be_read_is_named_with_what_is_wrong_in_it(tool: Tool, change: str, said: str) -> None:
    answer = tool("simulate", change)
    assert answer.code == 2
    assert f"{change!r} is no change" in answer.err
    assert said in answer.err


@pytest.mark.parametrize("command", [["list", "--json"], ["dead-letters", "list"]])
def test_a_reader_who_has_seen_enough_is_no_failure(
    url: str, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKORDERS_URL", url)
    where = ["--local", url] if "dead-letters" in command else []
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as nobody_reads:
        monkeypatch.setattr(sys, "stdout", nobody_reads)
        assert main([*command, *where]) == 0


def test_a_refusal_names_the_field(shop: Shop, tool: Tool) -> None:
    first, _ = two_orders(shop)
    refused = tool("prioritise", first, "platinum", "--reason", "x")
    assert (refused.code, "/priority" in refused.err) == (1, True)
    assert tool("show", "bo_nothing").code == 1
    assert tool("explain", first, "9").code == 1


def test_progress_is_shown_at_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Progress("audited").show(1, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    bar = Progress("audited")
    bar.show(1, 2)
    bar.end()
    assert re.search(r"audited \[#{12}\.{12}\] 1 of 2", capsys.readouterr().err)


def test_the_make_target_runs_the_tool() -> None:
    makefile = (Path(__file__).resolve().parents[2] / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.partition("\nbackorders:")[2].splitlines()[1].strip()
    assert recipe == '@$(if $(URL),BACKORDERS_URL="$(URL)") $(RUN) -m infra.operator.backorders $(or $(ARGS),--help)'


def test_a_person_is_exported_into_a_file_of_the_owners_alone(shop: Shop, tool: Tool, tmp_path: Path) -> None:
    two_orders(shop)
    file = tmp_path / "ann.json"
    done = tool("export", "ann@example.com", "--reason", "request 16", "--output", str(file))
    assert (done.code, done.out.startswith("2 order(s)")) == (0, True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Ann" in file.read_text(encoding="utf-8")
    assert tool("export", "ann@example.com", "--reason", "again", "--output", str(file)).code == 1
    assert len(tool("export", "ANN@example.com", "--reason", "again", "--json").json["orders"]) == 2


def test_a_person_is_erased_after_it_was_shown_and_said_yes_to(
    shop: Shop, tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_orders(shop)
    kept = tool("erase", "ann@example.com", "--reason", "request 17", "--yes")
    assert (kept.code, "2 unit(s) of it are open" in kept.out) == (1, True)
    refused = tool("erase", "ann@example.com", "--reason", "request 17", "--cancel-open")
    assert (refused.code, f"{first} (order 1001" in refused.err) == (1, True)
    assert shop.ok("o", "GET", f"/v1/backorders/{second}")["customer"]["name"] == "Ann"
    monkeypatch.setattr("sys.stdin.readline", lambda: "ann@example.com\n", raising=False)
    done = tool("erase", "-", "--reason", "request 17", "--cancel-open", "--yes", "--json")
    assert (done.code, [one["cancelled"] for one in done.json["orders"]]) == (0, [2, 4])
    assert shop.ok("o", "GET", f"/v1/backorders/{second}")["customer"]["name"] == "erased"
    nobody = tool("erase", "ann@example.com", "--reason", "request 17", "--yes")
    assert (nobody.code, nobody.out) == (0, "0 order(s), 0 mail(s), 0 subscription(s)\n")
    noted = [one["reason"] for one in tool("actions", "--json").json if one["action"] == "erase"]
    assert noted == ["request 17", "request 17"]
