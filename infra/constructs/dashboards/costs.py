"""What a line costs, step by step: the last row of `Plumbing`."""

from __future__ import annotations

from infra.constructs.dashboards.rows import Figure, Graph, Row
from shared.runtime.metric_names import COST

COSTS = Row(
    "Costs",
    "US dollars by the list prices of docs/cost.md, counted by the functions themselves: requests, units of the table, "
    "time, messages, mails, log. A step that costs **more per 1,000 lines** than last week meets larger orders, lost "
    "races, repeats, or a change of ours. What was **spent** is the bill without what stands whatever is sold.",
    (
        Graph("Dollars per 1,000 lines, per day", (Figure("", COST, "each average"),), "$", width=12),
        Graph("Dollars spent, per day", (Figure("", COST, "each thousandth"),), "$", "stacked", width=12),
    ),
)
