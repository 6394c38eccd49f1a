"""Bugs in what is asked for, forecasts, and the watch over stocked items."""

from __future__ import annotations

from tests.mutants.bug import Bug

_FOLDER = "tests/unit/forecasting"
_WATCH = f"{_FOLDER}/test_watch.py"
_RISK = f"{_FOLDER}/test_risk.py"
_HISTORY = f"{_FOLDER}/test_history.py"
_FORECAST = f"{_FOLDER}/test_forecast.py"

BUGS = (
    Bug(
        "What a tally counts is missing from the day's demand",
        "shared/aws/demand_store.py",
        "            asked=tally.units,\n",
        "",
        (_WATCH,),
    ),
    Bug(
        "The counters keep every day for ever",
        "shared/inventory/asked.py",
        "if day <= today - KEPT_DAYS)",
        "if day <= today - 100 * KEPT_DAYS)",
        (_WATCH,),
    ),
    Bug(
        "The day that is not over is taken into the history",
        "shared/forecasting/catch_up.py",
        "if day <= through and units > 0)",
        "if day <= through + 1 and units > 0)",
        (f"{_FOLDER}/test_catch_up.py",),
    ),
    Bug(
        "A history is written over one that knows more",
        "shared/aws/watch_store.py",
        'when="#through = :through AND #since = :since"',
        'when="#through >= :through OR #since = :since"',
        (_WATCH,),
    ),
    Bug(
        "Of two runs at once the slower one's list replaces the other",
        "shared/aws/watch_store.py",
        "            write = Put(head, fresh=True)\n",
        "            write = Put(head)\n",
        (_WATCH,),
    ),
    Bug(
        "What arrives too late counts from the beginning",
        "shared/forecasting/risk.py",
        "found, units, first = [], supply.available, 1",
        "found, units, first = [], supply.available + sum(n for _, n in supply.arrivals), 1",
        (_RISK,),
    ),
    Bug(
        "The list is ranked by units",
        "shared/forecasting/risk.py",
        "return (-Decimal(risk.value), -Decimal(risk.unmet), risk.sku)",
        "return (-Decimal(risk.unmet), -Decimal(risk.value), risk.sku)",
        (_RISK,),
    ),
    Bug(
        "A low SKU is told of with every change",
        "functions/publish_events/translate.py",
        "_is_low(change.after) and not _is_low(change.before)",
        "_is_low(change.after)",
        ("tests/replay",),
    ),
    Bug(
        "The first sale counts as evidence of how often a SKU sells",
        "shared/forecasting/history.py",
        "past.busy + (day > past.since)",
        "past.busy + 1",
        (_HISTORY,),
    ),
    Bug(
        "A weekday on which the shop is closed counts like any other",
        "shared/forecasting/rhythm.py",
        "        return 0.0\n",
        "        return 1.0\n",
        (f"{_FOLDER}/test_rhythm.py",),
    ),
    Bug(
        "A quantile forgets that there may be no demand at all",
        "shared/forecasting/demand.py",
        "above = (share - self.nothing) / (1 - self.nothing)",
        "above = share",
        (_FORECAST,),
    ),
    Bug(
        "What lies on the shelf for one parcel counts as late on the dashboard",
        "shared/backorders/backlog.py",
        "line.promise, to_keep(head, line)",
        "line.promise, line.first_promise",
        ("tests/unit/backorders/test_backlog.py",),
    ),
    Bug(
        "What lies on the shelf for one parcel has passed its date among the oldest lines",
        "shared/widgets/oldest_lines.py",
        "promised = to_keep(view.head, line)",
        "promised = line.first_promise",
        ("tests/unit/widgets/test_widgets.py",),
    ),
    Bug(
        "A promise from the shelf is never broken, though somebody else got the units",
        "shared/promising/kept.py",
        'if line.waiting and head.shipping != "hold" and first',
        'if line.waiting and head.shipping == "nobody" and first',
        ("tests/unit/promising/test_kept.py",),
    ),
    Bug(
        "What waits for the rest of its parcel is said to be about to be allocated",
        "shared/backorders/explain.py",
        "return whole and here < ",
        "return not whole and here < ",
        ("tests/flow/test_explanations.py",),
    ),
    Bug(
        "An event names its own change as what it came of",
        "functions/publish_events/handler.py",
        "cause = change.caused_by or change.event_id",
        "cause = change.event_id",
        ("tests/flow/test_logs.py",),
    ),
    Bug(
        "A line does not say by which request its order began",
        "shared/aws/backorder_items.py",
        '"switched_from", "brought", "trace"):',
        '"switched_from", "brought"):',
        ("tests/flow/test_logs.py",),
    ),
    Bug(
        "A mail is given up before its report can have come",
        "shared/notifications/settle.py",
        "<= now - REPORTED",
        "<= now - SENDING",
        ("tests/unit/notifications/test_notify.py",),
    ),
    Bug(
        "The open value adds kronor to euros",
        "shared/backorders/backlog.py",
        "if own == currency}",
        "if own or currency}",
        ("tests/unit/backorders/test_backlog.py",),
    ),
)
