"""Route of suppliers' documents: answers to orders and announced deliveries, as files."""

from __future__ import annotations

from shared.aws.purchasing_store import TableOrderBook
from shared.contracts.supplier_documents import DocumentResult, read_document
from shared.contracts.tables import CSV
from shared.contracts.xml_documents import XML
from shared.kernel import clock
from shared.purchasing.change import must_read
from shared.purchasing.supplier_documents import DocumentPlan, SupplierDocument, carry_out, plan_document
from shared.runtime import problems, queries, telemetry
from shared.runtime.http import Answer, Call, O, operation
from shared.runtime.idempotency import answer_once

_MOST_ERRORS = 1_000


@operation(
    "POST",
    "/v1/supplier-documents",
    scopes=O,
    summary="Take a supplier's answer or announced delivery from a file; nothing is done if any row is wrong",
    answers={200: DocumentResult},
    query=("dry_run",),
    media=(CSV, XML),
)
def take_document(call: Call) -> Answer:
    """CSV is the table of the purchase order's mail with `status`, `quantity` and `date` filled in; rows without a
    status say nothing. Where the table says what had been received, `quantity` is of what was open; where it has
    `seen`, a row is refused if its line was changed or answered since. XML is a UBL 2.1 OrderResponse or
    OrderResponseSimple, which acknowledges, or a DespatchAdvice, which announces a delivery: its units are expected on
    its date, the rest later. UTF-8; a DOCTYPE is refused.

    All rows are held against the orders before anything is done; one wrong row is a 422 that lists everything wrong, by
    row. The same document again changes nothing.
    """
    return answer_once(call, lambda: _take(call))


def _take(call: Call) -> Answer:
    document, errors = read_document(call.body, call.headers["content-type"])
    book, now = TableOrderBook(call.container.table), clock.now()
    zone, actor = call.container.settings().zone, f"{call.caller.actor} ({document.kind})"
    plan = plan_document(document, book=book, actor=actor, now=now, zone=zone)
    wrong = sorted([*errors, *plan.errors], key=lambda error: (error.row or 0, error.pointer))
    if wrong:
        raise problems.listed(wrong, most=_MOST_ERRORS)
    dry_run = queries.flag(call, "dry_run")
    if not dry_run:
        carry_out(plan, book=book, suppliers=book.supplier, now=now, zone=zone)
        telemetry.log("supplier_document_taken", kind=document.kind, rows=len(document.rows))
    return Answer(_result(document, plan, book, dry_run=dry_run))


def _result(
    document: SupplierDocument, plan: DocumentPlan, book: TableOrderBook, *, dry_run: bool
) -> dict[str, object]:
    said = [(one.purchase_order_id, len(one.answers)) for one in plan.answers]
    said += [(one.purchase_order_id, len(one.lines)) for one in plan.despatches]
    orders = [
        {"purchase_order_id": order_id, "lines": lines, "status": must_read(book, order_id).status}
        for order_id, lines in said
    ]
    return {"kind": document.kind, "document_id": document.id, "dry_run": dry_run, "orders": orders}
