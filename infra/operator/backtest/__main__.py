"""`python -m infra.operator.backtest DATA --cut DATE`: how good the promised dates would have been.

Exit code 0 with `BACKTEST {...}` as the last line; 2: what was given cannot be used. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.operator.backtest.reading import BadInputError, Past, parse_mapping, parse_time, read_past
from infra.operator.backtest.replay import Promised, Replayed, baseline, replay, score
from infra.progress import Progress
from shared.kernel.clock import from_micros, iso

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.operator.backtest", description="How good the promised dates would have been."
    )
    parser.add_argument("data", type=Path, help="CSV of past orders, gzipped or not")
    parser.add_argument("--cut", required=True, help="first day that is scored, e.g. 2018-07-01 (UTC)")
    parser.add_argument("--map", default="", help="columns, e.g. created=po_sent,first_gr=delivered,vendor=vendor")
    parser.add_argument("--json", action="store_true", help="the report as one line of JSON")
    given = parser.parse_args(arguments)
    try:
        report = backtest(given.data, given.cut, given.map)
    except BadInputError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report) if given.json else _text(report))
    print("BACKTEST", json.dumps(report["score"]))
    return 0


def backtest(path: Path, cut: str, mapping: str) -> dict[str, Any]:
    """The whole report. Raises BadInputError."""
    try:
        at = parse_time(cut)
    except ValueError:
        raise BadInputError(f"CUT: {cut!r} is no date; give one like 2018-07-01") from None
    past = read_past(path, parse_mapping(mapping))
    before = sum(line.created < at for line in past.lines)
    if not 0 < before < len(past.lines):
        span = f"{_day(past.lines[0].created)} to {_day(past.lines[-1].created)}"
        raise BadInputError(f"CUT: {cut} leaves nothing to {'score' if before else 'learn from'}; orders are of {span}")
    progress = Progress()
    replayed = replay(past.lines, at, lambda done, of: progress.show(f"{done} of {of} events"))
    progress.end()
    received = [one for one in replayed.foretold if one.line.received is not None]
    if not received:
        raise BadInputError(f"CUT: no line ordered from {cut} on was received; there is nothing to score")
    return _report(past, at, replayed, received)


def _report(past: Past, cut: int, replayed: Replayed, received: list[Promised]) -> dict[str, Any]:
    end = max(max(line.created, line.received or 0, line.withdrawn or 0) for line in past.lines)
    still_open = [one for one in replayed.foretold if one.line.received is None and one.line.withdrawn is None]
    overdue = sum(one.line.created + one.days[-1] * 86_400_000_000 < end for one in still_open)
    baselines = {}
    for name, own in (("vendor_shrunk_20", True), ("global", False)):
        days = baseline(past.lines, cut, own=own)
        baselines[name] = asdict(score([Promised(one.line, days(one.line)) for one in received]))
    return {
        "columns": past.columns,
        "rows": past.rows,
        "skipped": dict(past.skipped),
        "first_skipped": past.examples,
        "learned_before_cut": sum(line.created < cut for line in past.lines),
        "open_at_cut": sum(_open_at(cut, line.created, line.received, line.withdrawn) for line in past.lines),
        "from_cut": len(replayed.foretold) + replayed.unforetold,
        "unforetold": replayed.unforetold,
        "withdrawn": sum(one.line.withdrawn is not None for one in replayed.foretold),
        "open_at_end": len(still_open),
        "open_at_end_past_by": overdue,
        "cut": iso(from_micros(cut)),
        "end": iso(from_micros(end)),
        "closed_weekdays": sorted(replayed.working.closed),
        "fitted": {"strength": replayed.strength, "half_life_days": replayed.half_life},
        "baselines": baselines,
        "score": asdict(score(received)),
    }


def _open_at(cut: int, created: int, received: int | None, withdrawn: int | None) -> bool:
    return created < cut and (received or withdrawn or cut) >= cut


def _text(report: dict[str, Any]) -> str:
    lines = [
        f"{report['rows']} rows, of which {sum(report['skipped'].values())} say nothing about lead times",
        *(f"  {n} {reason}, first {report['first_skipped'][reason]}" for reason, n in report["skipped"].items()),
        "columns: " + ", ".join(f"{name}={column}" for name, column in report["columns"].items()),
        f"ordered before {report['cut']}: {report['learned_before_cut']}, of which {report['open_at_cut']} were open",
        f"ordered from then on: {report['from_cut']}; {report['score']['n']} received and scored, "
        f"{report['withdrawn']} withdrawn, {report['open_at_end']} open on {report['end']} "
        f"({report['open_at_end_past_by']} of them past their `by`), {report['unforetold']} with nothing to learn from",
        f"no arrivals on: {', '.join(_WEEKDAYS[day] for day in report['closed_weekdays']) or 'none'}",
        f"fitted: {report['fitted']['strength']:g} lines of everybody's in each supplier's, "
        f"half-life {report['fitted']['half_life_days']:g} days",
        "",
        f"{'':18} {'cover .5':>9} {'cover .9':>9} {'pinball .5':>11} {'pinball .9':>11} {'MAE days':>9}",
    ]
    for name, row in (*report["baselines"].items(), ("this model", report["score"])):
        lines.append(
            f"{name:18} {row['coverage_50']:9.3f} {row['coverage_90']:9.3f} {row['pinball_50']:11.2f} "
            f"{row['pinball_90']:11.2f} {row['mae_days']:9.2f}"
        )
    return "\n".join(lines)


def _day(at: int) -> str:
    return from_micros(at).date().isoformat()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
