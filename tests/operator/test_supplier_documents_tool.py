"""The command that hands suppliers' files to a service on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.server import LocalServer
from infra.operator.supplier_documents import main
from tests.functions.scene import Shop, opened
from tests.unit.purchasing.ubl_documents import answered, document, of_order

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    shop = opened()
    with shop.world:
        yield shop


@pytest.fixture
def url(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv("TOKEN", raising=False)
    monkeypatch.delenv("BACKORDERS_URL", raising=False)
    with LocalServer(shop.world) as server:
        yield server.url


def status(shop: Shop) -> str:
    return str(shop.ok("operations", "GET", "/v1/purchase-orders/{po}")["status"])


def test_a_good_file_is_taken_and_a_wrong_one_beside_it_explained(
    shop: Shop, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = shop.names["po"]
    good, wrong = tmp_path / "answer.xml", tmp_path / "table.csv"
    good.write_text(document("OrderResponse", of_order(order_id), answered("CANDLE", "5")), encoding="utf-8")
    wrong.write_text(f"purchase_order_id,sku,status\n{order_id},CANDLE,maybe\n", encoding="utf-8-sig")
    assert main(["--url", url, "--dry-run", str(good)]) == 0
    assert "would speak of 1 line(s)" in capsys.readouterr().out
    assert status(shop) == "sent"
    assert main(["--url", url, str(wrong), str(good)]) == 1
    told = capsys.readouterr()
    assert "row 1: /status must be one of" in told.err
    assert f"speaks of 1 line(s) of {order_id}, which is acknowledged" in told.out
    assert main(["--url", url, str(good)]) == 0
    assert status(shop) == "acknowledged"


def test_for_programs_there_is_one_document_about_all_files(
    shop: Shop, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address may come from the environment, as for the other tools."""
    monkeypatch.setenv("BACKORDERS_URL", url)
    order_id = shop.names["po"]
    good, missing = tmp_path / "answer.csv", tmp_path / "nothing.csv"
    good.write_text(f"purchase_order_id,sku,status\n{order_id},CANDLE,accepted\n")
    assert main(["--dry-run", "--json", str(good), str(missing)]) == 1
    told = capsys.readouterr()
    taken, lost = json.loads(told.out)
    assert (taken["file"], taken["taken"], taken["dry_run"], taken["wrong"]) == (str(good), True, True, [])
    assert [order["purchase_order_id"] for order in taken["orders"]] == [order_id]
    assert (lost["taken"], lost["wrong"]) == (False, ["cannot be read: No such file or directory"])
    assert told.err == ""


def test_a_file_that_is_not_there_stops_no_other(url: str, tmp_path: Path) -> None:
    assert main(["--url", url, str(tmp_path / "nothing.csv")]) == 1


@pytest.mark.parametrize(
    "arguments", [[], ["--url", "http://example.com", "x.csv"], ["--url", "https://h.invalid", "x"]]
)
def test_arguments_that_make_no_sense_are_refused(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    assert main(arguments) == 2


def test_a_service_that_is_not_there_is_said_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--url", "http://127.0.0.1:9", str(tmp_path / "x.csv")]) == 2
    said = capsys.readouterr().err
    assert "does not answer (" in said
    assert "is `make run` running?" in said
