"""Route of imports: many items, suppliers or opening stocks in one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import ValidationError

from shared.aws.correction_store import TableCorrectionStore
from shared.aws.opening_stock import TableStockLedger
from shared.catalog.import_cards import ImportPlan, plan_items, plan_suppliers
from shared.catalog.import_stock import OpeningStock, plan_opening_stock
from shared.catalog.put import Outcome
from shared.contracts.imports import COLUMNS, KINDS, ROWS, ImportResult, Kind
from shared.contracts.tables import CSV, NDJSON, Row, read_csv, read_ndjson
from shared.inventory.correct import CorrectStock, correct_stock
from shared.kernel import clock, ids
from shared.kernel.errors import FieldError, Invalid
from shared.runtime import problems, queries, telemetry
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.http_requests import parse_json
from shared.runtime.idempotency import answer_once

_MOST_ERRORS = 1_000
_ENOUGH_SECONDS = 4.0

Rows = Sequence[tuple[int, Any]]


@operation(
    "POST",
    "/v1/imports",
    scopes=O,
    summary="Import items, suppliers or opening stock from a table; nothing is written if any row is wrong",
    answers={200: ImportResult},
    query=("kind", "dry_run"),
    media=(CSV, NDJSON),
)
def import_table(call: Call) -> Answer:
    """All rows are checked before any is written; one wrong row is a 422 that lists everything wrong, by row.

    A dry run answers what the import would answer, and writes nothing. A table too large for one request's time is
    answered with 503 and Retry-After: what is written so far is right, and the same request again goes on.

    CSV has field names as its header (also `lead_time_days.likely` and `lead_time_days.by`), comma or semicolon between
    cells, `|` between the elements of a list, and empty cells for what is left out; NDJSON has one object per line.
    """
    kind = queries.choice(call, "kind", KINDS)
    if kind is None:
        raise Invalid.at("kind", f"must be one of {', '.join(KINDS)}")
    dry_run = queries.flag(call, "dry_run")
    return answer_once(call, lambda: _run(call, cast("Kind", kind), dry_run))


def _run(call: Call, kind: Kind, dry_run: bool) -> Answer:
    rows, errors = _read(call, kind)
    plan = _plan(call, kind, rows)
    errors = sorted([*errors, *plan.errors], key=lambda error: (error.row or 0, error.pointer))
    if errors:
        raise problems.listed(errors, most=_MOST_ERRORS)
    if not dry_run:
        plan.write(lambda: call.seconds_left() > _ENOUGH_SECONDS)
        telemetry.log("import_done", kind=kind, rows=len(rows))
    done = {outcome.value: plan.outcomes.get(outcome, 0) for outcome in Outcome}
    return Answer({"kind": kind, "dry_run": dry_run, "rows": len(rows), **done})


def _read(call: Call, kind: Kind) -> tuple[Rows, list[FieldError]]:
    """The rows whose cells are right, and what is wrong with the others."""
    is_csv = call.headers["content-type"].lower().startswith(CSV)
    table = read_csv(call.body, COLUMNS[kind]) if is_csv else read_ndjson(call.body, parse_json)
    rows, errors = [], list(table.errors)
    for number, row in table.rows:
        try:
            rows.append((number, _shape(kind, row)))
        except ValidationError as error:
            errors += problems.field_errors(error, number)
        except Invalid as error:
            errors += [FieldError(field.pointer, field.detail, number) for field in error.errors]
    return rows, errors


def _shape(kind: Kind, row: Row) -> Any:
    shape: Any = ROWS[kind].model_validate(row)
    if kind == "items":
        return shape.to_item(shape.sku)
    if kind == "suppliers":
        return shape.to_supplier(shape.supplier_id)
    return OpeningStock(shape.sku, shape.quantity)


def _plan(call: Call, kind: Kind, rows: Rows) -> ImportPlan:
    if kind == "items":
        return plan_items(rows, catalog=call.container.catalog)
    if kind == "suppliers":
        return plan_suppliers(rows, catalog=call.container.catalog, now=clock.now())
    table = call.container.table
    corrections = TableCorrectionStore(table)

    def post(opening: OpeningStock) -> object:
        command = CorrectStock(
            correction_id=opening.correction_id,
            sku=opening.sku,
            delta=opening.units,
            counted=None,
            reason="opening",
            request_key=opening.correction_id,
            digest=ids.body_digest([opening.sku, opening.units]),
            actor=call.caller.actor,
        )
        return correct_stock(command, store=corrections, now=clock.now())

    return plan_opening_stock(rows, ledger=TableStockLedger(table, post))
