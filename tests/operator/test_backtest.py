from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.operator.backtest.__main__ import main
from infra.operator.backtest.reading import parse_time, read_past
from infra.operator.backtest.replay import Replayed, replay
from tests.operator.slowing import SLOW_FROM, slowing_supplier

DATA = Path(__file__).parents[3] / "shared" / "data"
BPIC19 = DATA / "bpic19" / "po_items_until_2018_08.csv.gz"
SCMS = DATA / "scms" / "po_lines_until_2012.csv.gz"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(one) for one in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def result(out: str) -> dict[str, Any]:
    """The figures of the last line, which is the only one of its kind."""
    lines = out.splitlines()
    assert sum(line.startswith("BACKTEST ") for line in lines) == 1
    return dict(json.loads(lines[-1].removeprefix("BACKTEST ")))


def table(path: Path, *rows: str, header: str = "created,first_gr,vendor") -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def some_rows(days: int = 60) -> list[str]:
    months = [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(days + 5)]
    return [f"{months[n]},{months[n + 5]},acme" for n in range(days)]


def test_it_ends_with_one_line_of_figures(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(table(tmp_path / "po.csv", *some_rows()), "--cut", "2024-02-01")
    assert code == 0
    assert list(result(out)) == ["n", "coverage_50", "coverage_90", "pinball_50", "pinball_90", "mae_days"]


def test_a_packed_file_gives_the_same_figures(run: Run, tmp_path: Path) -> None:
    plain = table(tmp_path / "po.csv", *some_rows())
    packed = tmp_path / "po.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert run(plain, "--cut", "2024-02-01")[1] == run(packed, "--cut", "2024-02-01")[1]


def test_the_report_can_be_read_by_machines(run: Run, tmp_path: Path) -> None:
    _, out, _ = run(table(tmp_path / "po.csv", *some_rows()), "--cut", "2024-02-01", "--json")
    report = json.loads(out.splitlines()[0])
    assert report["score"] == result(out)
    assert report["baselines"].keys() == {"vendor_shrunk_20", "global"}


def test_columns_can_be_named(run: Run, tmp_path: Path) -> None:
    given = table(tmp_path / "po.csv", *some_rows(), header="a,b,c")
    code, out, _ = run(given, "--cut", "2024-02-01", "--map", "created=a, first_gr=b, vendor=c")
    assert code == 0
    assert result(out)["n"] > 0


def test_rows_that_say_nothing_are_counted_with_the_reason(run: Run, tmp_path: Path) -> None:
    bad = ["31/12/2024,2024-02-02,acme", ",2024-02-02,acme", "2024-01-02,2024-01-02,acme", "2024-01-02,2024-01-09,"]
    code, out, _ = run(table(tmp_path / "po.csv", *bad, *some_rows()), "--cut", "2024-02-01")
    assert code == 0
    for reason in (
        "1 unreadable date in created, first line 2: '31/12/2024'",
        "1 no order date, first line 3",
        "1 received no later than it was ordered, first line 4",
        "1 no vendor, first line 5",
    ):
        assert reason in out


@pytest.mark.parametrize(
    ("rows", "header", "arguments", "said"),
    [
        (some_rows(), "created,first_gr,who", ("--cut", "2024-02-01"), "no column vendor or supplier"),
        (some_rows(), "created,first_gr,vendor", ("--cut", "soon"), "CUT: 'soon' is no date"),
        (some_rows(), "created,first_gr,vendor", ("--cut", "2030-01-01"), "leaves nothing to score"),
        (some_rows(), "created,first_gr,vendor", ("--cut", "2020-01-01"), "leaves nothing to learn from"),
        (some_rows(), "created,first_gr,vendor", ("--cut", "2024-02-01", "--map", "sku=x"), "there is no field 'sku'"),
        (some_rows(), "created,first_gr,vendor", ("--cut", "2024-02-01", "--map", "vendor"), "is not field=column"),
        (
            some_rows(),
            "created,first_gr,vendor",
            ("--cut", "2024-02-01", "--map", "vendor=x"),
            "no column x for vendor",
        ),
        (["x,y,acme"], "created,first_gr,vendor", ("--cut", "2024-02-01"), "unreadable date in created (line 2: 'x')"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    run: Run, tmp_path: Path, rows: list[str], header: str, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(table(tmp_path / "po.csv", *rows, header=header), *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_file_that_is_not_there_is_said_so(run: Run, tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "none.csv", "--cut", "2024-02-01")
    assert code == 2
    assert "there is no file" in err


def test_a_broken_archive_is_said_so(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "po.csv.gz"
    broken.write_bytes(b"no archive")
    code, _, err = run(broken, "--cut", "2024-02-01")
    assert code == 2
    assert "no readable CSV" in err


def replayed(path: Path, cut: str) -> Replayed:
    return replay(read_past(path, {}).lines, parse_time(cut), lambda done, of: None)


@pytest.mark.slow
def test_nothing_is_known_before_it_happened(tmp_path: Path) -> None:
    """The future is torn out of the file, two weeks of orders and all goods: what was promised before stays the same."""
    slowing_supplier(tmp_path / "all.csv", seed=3)
    header, *rows = (tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()
    cut, end, later = "2025-01-20", "2025-03-01", "2025-03-15"
    rows = [row for row in rows if row < later]
    whole = table(tmp_path / "whole.csv", *rows, header=header)
    known = []
    for row in (row for row in rows if row < end):
        created, first, *rest = row.split(",")
        known.append(",".join((created, first if first < end else "", *rest)))
    cut_off = table(tmp_path / "known.csv", *known, header=header)

    foreknowing = {one.line.order: one.days for one in replayed(whole, cut).foretold}
    innocent = {one.line.order: one.days for one in replayed(cut_off, cut).foretold}
    assert len(innocent) > 100
    assert innocent == {order: foreknowing[order] for order in innocent}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_supplier_who_slows_down_by_half_does_not_break_the_promises(run: Run, tmp_path: Path, seed: int) -> None:
    data = tmp_path / "po.csv"
    slowing_supplier(data, seed)
    _, out, _ = run(data, "--cut", SLOW_FROM.date().isoformat(), "--json")
    found, baselines = result(out), json.loads(out.splitlines()[0])["baselines"]
    assert abs(found["coverage_90"] - 0.90) <= 0.03
    assert abs(found["coverage_50"] - 0.50) <= 0.05
    assert found["pinball_50"] < min(one["pinball_50"] for one in baselines.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "cut"), [(BPIC19, "2018-04-01"), (BPIC19, "2018-06-01"), (SCMS, "2009-07-01"), (SCMS, "2010-07-01")]
)
def test_real_lead_times_are_promised_better_than_by_plain_quantiles(run: Run, data: Path, cut: str) -> None:
    if not data.exists():
        pytest.skip(f"../shared/data/{data.parent.name} is not here")
    _, out, _ = run(data, "--cut", cut, "--json")
    found, baselines = result(out), json.loads(out.splitlines()[0])["baselines"].values()
    assert abs(found["coverage_90"] - 0.90) <= 0.03
    assert abs(found["coverage_50"] - 0.50) <= 0.05
    for figure in ("pinball_50", "pinball_90", "mae_days"):
        assert found[figure] < min(one[figure] for one in baselines), figure
