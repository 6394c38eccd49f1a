"""The backtest of the demand forecasts: honest about what it knows, and better than what is simple."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from infra.local.backtest_demand.__main__ import main
from infra.local.backtest_demand.baselines import poisson_quantile
from infra.local.backtest_demand.series import Demand, demand_of
from infra.local.backtest_demand.trial import MODEL, half_of, plan_origins, run
from infra.local.demo.retail_file import read_retail_file

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail"
MONDAY = date(2011, 3, 7)


def row(invoice: str, sku: str, units: int, day: int, customer: str = "7001") -> str:
    at = MONDAY + timedelta(days=day)
    return f"{invoice},{sku},THING,{units},{at} 08:30:00,2.55,{customer},United Kingdom"


def file(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def shop(days: int = 28) -> list[str]:
    return [
        row(f"{day}-{sku}", f"S{sku}", 1 + (day * sku) % 9, day)
        for day in range(days)
        for sku in range(1, 13)
        if day % 7 != 5 and (day + sku) % 3 == 0
    ]


def demand(tmp_path: Path, *rows: str) -> Demand:
    return demand_of(read_retail_file(file(tmp_path, *rows)))


def test_units_of_a_day_are_added_up_and_those_taken_back_on_the_same_day_were_never_asked_for(tmp_path: Path) -> None:
    found = demand(
        tmp_path,
        row("1", "A", 5, 0),
        row("2", "A", 7, 0),
        row("C3", "A", -7, 0),
        row("4", "A", 3, 2),
        row("C5", "A", -2, 3),
        row("6", "B", 9, 1),
        row("C7", "B", -9, 1),
    )

    (only,) = found.series
    monday = MONDAY.toordinal()
    assert (only.sku, only.days, only.units) == ("A", (monday, monday + 2), (5, 3))
    assert [only.between(monday + a, monday + b) for a, b in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3))] == [
        5,
        5,
        8,
        0,
        3,
    ]


def test_a_forecast_knows_nothing_of_the_days_it_is_for(tmp_path: Path) -> None:
    known = shop(14)
    one = run(demand(tmp_path, *shop(28)), plan_origins(MONDAY.toordinal() + 14, MONDAY.toordinal() + 14, 7), _nobody)
    other_future = [row(f"x{n}", f"S{1 + n % 12}", 50_000, 14 + n % 14) for n in range(40)]
    other = run(
        demand(tmp_path, *known, *other_future),
        plan_origins(MONDAY.toordinal() + 14, MONDAY.toordinal() + 14, 7),
        _nobody,
    )

    assert one.claimed == other.claimed
    assert one.scores[MODEL].loss != other.scores[MODEL].loss


def test_items_that_are_scored_together_teach_each_other_nothing(tmp_path: Path) -> None:
    plan = plan_origins(MONDAY.toordinal() + 14, MONDAY.toordinal() + 21, 7)
    some = [row(f"{n}", sku, 2 + n % 5, 2 * n) for n in range(14) for sku in _of_half(0, "S", 5)]
    loud = [row(f"l{n}", sku, 900, n) for n in range(27) for sku in _of_half(0, "T", 20)]
    others = [row(f"o{n}", sku, 900, n) for n in range(27) for sku in _of_half(1, "U", 20)]

    def loss(*rows: str) -> float:
        return run(demand(tmp_path, *rows), plan, _nobody).scores[MODEL].loss[1]

    assert loss(*some, *loud) == pytest.approx(loss(*some) + loss(*loud))
    assert loss(*some, *others) != pytest.approx(loss(*some) + loss(*others), rel=0.01)


def _of_half(half: int, name: str, number: int) -> list[str]:
    return [sku for sku in (f"{name}{n}" for n in range(200)) if half_of(sku) == half][:number]


def _nobody(done: int, of: int) -> None:
    pass


def test_origins_fall_on_all_weekdays_and_are_not_too_many() -> None:
    for days in (1, 10, 28, 29, 83, 196, 197, 400):
        plan = plan_origins(1000, 999 + days, 7)
        assert plan.origins[0] == 1000
        assert plan.origins[-1] <= 999 + days
        assert len(plan.origins) <= 28
        assert len({day % 7 for day in plan.origins}) == min(7, len(plan.origins))


def test_poisson_quantiles_are_the_smallest_that_hold() -> None:
    from scipy.stats import poisson

    for mean in (0, 0.1, 0.7, 3, 40, 399):
        for share in (0.5, 0.9):
            assert poisson_quantile(mean, share) == max(0, poisson.ppf(share, mean))
    assert poisson_quantile(5000, 0.9) == pytest.approx(poisson.ppf(0.9, 5000), abs=2)


def test_the_last_line_is_for_programs_and_says_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file(tmp_path, *shop(), "x,y", row("9", "POST", 1, 3))

    assert main(["--data", str(path)]) == 0

    out, err = capsys.readouterr()
    assert "malformed" in out
    assert "not_a_product" in out
    assert "forecasts of day 1 of" in err
    word, _, figures = out.splitlines()[-1].partition(" ")
    found = json.loads(figures)
    assert word == "BACKTEST"
    assert (found["cut"], found["horizon_days"]) == ("2011-03-21", 7)
    assert found["n"] == 12 * found["origins"]
    for name in ("", "naive_", "ma28_", "naive_poisson_", "ma28_poisson_", "own_past_"):
        assert found[f"{name}pinball_50"] >= 0
        assert 0 <= found[f"{name}coverage_90"] <= 1


def test_the_figures_alone_are_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(file(tmp_path, *shop())), "--cut", "2011-03-20", "--horizon", "3", "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["cut"], found["horizon_days"]) == ("2011-03-20", 3)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--cut", "2011-03-08"], "CUT 2011-03-08: with a horizon of 7 days it must lie between"),
        (["--cut", "2012-01-01"], "CUT 2012-01-01"),
        (["--horizon", "15"], "HORIZON 15: the file has 28 days, at least 30 are needed"),
    ],
)
def test_a_cut_that_leaves_nothing_to_score_is_an_error_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert main(["--data", str(file(tmp_path, *shop())), *options]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--cut", "yesterday"], ["--horizon", "0"], ["--horizon", "-1"]])
def test_options_that_cannot_be_read_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(file(tmp_path, *shop())), *options])
    assert stopped.value.code == 2
    assert options[1] in capsys.readouterr().err


def test_a_file_of_something_else_is_said_to_be_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")

    assert main(["--data", str(path)]) == 2
    assert "not an Online Retail file" in capsys.readouterr().err


def test_demand_that_nobody_could_have_foreseen_is_scored_all_the_same(tmp_path: Path) -> None:
    found = demand(tmp_path, row("1", "A", 5, 0), row("2", "A", 80_995, 13))

    result = run(found, plan_origins(found.first + 7, found.first + 7, 7), _nobody)

    assert result.scores[MODEL].loss[0] > 40_000


@pytest.mark.slow
@pytest.mark.parametrize(("name", "horizon"), [("nov2011", 3), ("non_uk_h1_2011", 7), ("non_uk_h1_2011", 28)])
def test_real_demand_is_forecast_better_than_by_every_baseline(
    name: str, horizon: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = REAL / f"{name}.csv.gz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not here: real orders lie outside the repository")

    assert main(["--data", str(path), "--horizon", str(horizon), "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    for percent in (50, 90):
        simple = ("naive", "naive_poisson", "ma28", "ma28_poisson", "own_past")
        assert found[f"pinball_{percent}"] < min(found[f"{one}_pinball_{percent}"] for one in simple)
    assert 0.87 < found["coverage_90"] < 0.94
    assert abs(found["coverage_50"] - found["claimed_coverage_50"]) < 0.05
