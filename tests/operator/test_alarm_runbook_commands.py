"""What the runbooks tell an operator to type is typed, against a shop in which somebody waits and a message died."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from string import Template

import pytest

from infra.operator.backorders.__main__ import main as backorders
from infra.operator.dead_letters.__main__ import main as dead_letters
from infra.operator.supplier_documents import main as supplier_documents
from tests.flow.conftest import Shop
from tests.operator.runbook_files import HERE, commands, tool_of
from tests.operator.test_dead_letters_tool import poisoned

pytestmark = pytest.mark.slow


def names(shop: Shop, folder: Path) -> dict[str, str]:
    """What the placeholders of the pages stand for in this shop."""
    order = shop.order("1", ("A", 3))
    shop.days(3)
    purchase = shop.ok("o", "GET", "/v1/purchase-orders")["items"][0]["purchase_order_id"]
    answer = folder / "answer.csv"
    answer.write_text(f"purchase_order_id,sku,status\n{purchase},A,accepted\n")
    letter = poisoned(shop, "not json")[0]
    return {
        "SKU": "A",
        "BACKORDER_ID": order["backorder_id"],
        "LINE_ID": "0",
        "PURCHASE_ORDER_ID": purchase,
        "DAY": (shop.world.clock.now() + timedelta(days=30)).date().isoformat(),
        "MESSAGE_ID": letter,
        "FILE": str(answer),
    }


def typed(line: str, url: str) -> int:
    """The exit code of one command."""
    tool, given = tool_of(line)
    if tool == "dead-letters":
        return dead_letters([*given, "--local", url])
    if tool == "supplier-documents":
        return supplier_documents([*given, "--url", url])
    return backorders([*given, "--url", url, "--yes"])


def test_every_command_of_the_runbooks_does_what_it_says(
    dying_shop: Shop, served: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known, wrong = names(dying_shop, tmp_path), []
    for line in sorted(commands(HERE), key=lambda one: "redrive" in one and "--dry-run" not in one):
        code = typed(Template(line.replace("\\$", "$")).substitute(known), served)
        printed = capsys.readouterr()
        empty = "redrive" in line and "tally-demand" not in line
        if code != (1 if empty else 0) or not (printed.err if empty else printed.out):
            wrong.append((line, code, printed))
    assert wrong == []
    dying_shop.settle()
    assert dying_shop.violations() == []
