"""`python -m infra.local.backtest_demand --data FILE [--cut DATE] [--horizon DAYS] [--json]`: score the forecasts.

Exit code 0 when there is a result, 2 for a file that cannot be read or a cut that leaves nothing to score.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from infra.local.backtest_demand import report
from infra.local.backtest_demand.series import Demand, demand_of
from infra.local.backtest_demand.trial import Plan, plan_origins, run
from infra.local.demo.retail_file import read_retail_file
from infra.local.demo.retail_rows import NotARetailFileError

_HORIZON = 7
_ORIGINS_TO_SAY_SO = 5


class NothingToScoreError(ValueError):
    """The cut or the horizon leaves no forecast that could be compared with what came."""


def main(arguments: list[str] | None = None) -> int:
    """Read, forecast, score, print."""
    chosen = _parser().parse_args(arguments)
    try:
        _say(f"reading {chosen.data}")
        book = read_retail_file(chosen.data)
        demand = demand_of(book)
        result = run(demand, _plan(demand, chosen.cut, chosen.horizon), _progress)
    except (NotARetailFileError, NothingToScoreError) as error:
        _say(str(error))
        return 2
    print(json.dumps(report.figures(result)) if chosen.json else report.render(book, result))
    return 0


def _plan(demand: Demand, cut: date | None, horizon: int | None) -> Plan:
    """Without a cut, the middle of the file; without a horizon, a week, or a third of a file of less than three."""
    days = horizon or max(1, min(_HORIZON, demand.days // 3))
    earliest, latest = demand.first + days, demand.end - days
    if latest < earliest:
        raise NothingToScoreError(f"HORIZON {days}: the file has {demand.days} days, at least {2 * days} are needed")
    first = max(earliest, demand.first + demand.days // 2) if cut is None else cut.toordinal()
    if not earliest <= first <= latest:
        bounds = " and ".join(date.fromordinal(day).isoformat() for day in (earliest, latest))
        raise NothingToScoreError(
            f"CUT {date.fromordinal(first)}: with a horizon of {days} days it must lie between {bounds}"
        )
    return plan_origins(first, latest, days)


def _progress(done: int, of: int) -> None:
    if done % _ORIGINS_TO_SAY_SO == 0:
        _say(f"forecasts of day {done + 1} of {of}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local.backtest_demand", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="FILE", help="a UCI Online Retail file")
    parser.add_argument("--cut", type=_day, metavar="DATE", help="first day forecast from, e.g. 2011-11-25")
    parser.add_argument("--horizon", type=_positive, metavar="DAYS", help="calendar days a forecast is for")
    parser.add_argument("--json", action="store_true", help="print the figures only, as one JSON object")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2011-11-25") from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number of days")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
