"""Route: what will run out."""

from __future__ import annotations

from shared.aws.watch_store import TableWatch
from shared.contracts.risks import RiskPage, risk_page, risk_view
from shared.kernel.errors import Invalid
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.queries import page


@operation(
    "GET",
    "/v1/risks",
    scopes=O,
    summary="Stocked items that may run out before supply can come, the most valuable unmet demand first; made nightly",
    answers={200: RiskPage},
    query=("limit", "cursor"),
)
def list_risks(call: Call) -> Answer:
    asked, store = page(call), TableWatch(call.container.table)
    current = store.last()
    if current is None:
        return Answer(risk_page(None, [], None))
    after = int((asked.after or {}).get("rank", 0))
    if asked.after and int(asked.after["made_at"]) != current.made_at:
        raise Invalid.at("cursor", "belongs to the list of another night; start again without it")
    found = store.risks(current.made_at, after, asked.limit)
    items = [risk_view(risk, rank, current.through) for rank, risk in enumerate(found, start=after + 1)]
    more = after + len(items) < current.at_risk and found
    position = {"made_at": str(current.made_at), "rank": str(after + len(items))} if more else None
    return Answer(risk_page(current, items, asked.cursor(position)))
