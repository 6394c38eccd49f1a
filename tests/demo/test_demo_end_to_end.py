"""The demo from the command line to its last line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.demo.__main__ import main

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
ROWS = (
    "600001,20001,RED LANTERN,12,2011-11-21 08:00:00,2.10,501,United Kingdom",
    "600001,20002,BLUE LANTERN,6,2011-11-21 08:00:00,2.10,501,United Kingdom",
    "600001,20002,BLUE LANTERN,6,2011-11-21 08:00:00,2.10,501,United Kingdom",
    "600001,POST,POSTAGE,1,2011-11-21 08:00:00,18.00,501,United Kingdom",
    "600002,20002,BLUE LANTERN,30,2011-11-21 08:05:00,2.10,,Germany",
    "600003,20003,TIN BOWL,4,2011-11-21 09:00:00,1.25,502,France",
    "C600004,20001,RED LANTERN,-2,2011-11-21 09:10:00,2.10,501,United Kingdom",
    "600005,20003,lost,-40,2011-11-22 10:00:00,0.0,,United Kingdom",
    "600006,20001,RED LANTERN,many,2011-11-22 10:00:00,2.10,503,United Kingdom",
)


def last_line(printed: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(printed.splitlines()[-1].removeprefix("REPORT "))
    return report


@pytest.mark.slow
def test_ten_built_in_orders_are_played_to_their_end(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--limit", "10"])

    report = last_line(capsys.readouterr().out)
    assert code == 0
    assert (report["orders"], report["dead_letters"], report["invariant_violations"]) == (10, 0, 0)
    assert sum(report["units_in"].values()) == report["units_ordered"]
    assert report["units_in"]["shipped"] == report["units_shipped"] > 0
    assert report["units_in"]["waiting"] == 0
    assert 0 < report["units_backordered"] < report["units_ordered"]
    assert report["purchase_orders"] > 0
    assert report["receipts"] > 0
    assert report["mails"] > 10


@pytest.mark.slow
def test_a_retail_file_is_replayed_twice_with_the_same_outcome(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([HEADER, *ROWS]))

    reports = []
    for _ in range(2):
        assert main(["--orders", str(path), "--lead-times", str(lead_times(tmp_path))]) == 0
        printed = capsys.readouterr().out
        assert "1  not_a_product" in printed
        assert "1  duplicate" in printed
        assert "1  malformed" in printed
        reports.append({key: value for key, value in last_line(printed).items() if key != "wall_seconds"})

    assert reports[0] == reports[1]
    assert (reports[0]["orders"], reports[0]["lines"], reports[0]["units_ordered"]) == (3, 4, 52)


def lead_times(folder: Path) -> Path:
    """Twelve vendors, each of whom always took five days."""
    import gzip

    rows = [f"v{n},2018-01-01T00:00:00+00:00,2018-01-06T00:00:00+00:00" for n in range(12) for _ in range(30)]
    path = folder / "po.csv.gz"
    path.write_bytes(gzip.compress("\n".join(["vendor,created,first_gr", *rows]).encode()))
    return path


def test_a_file_that_is_none_ends_with_2_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("InvoiceNo,Quantity\n1,2\n")

    assert main(["--orders", str(path)]) == 2
    assert "does not name StockCode, Description, InvoiceDate" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--limit", "0"], ["--limit", "ten"], ["--lead-times", "no such file"]])
def test_options_that_make_no_sense_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "error:" in capsys.readouterr().err
