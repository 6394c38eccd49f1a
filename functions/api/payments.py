"""Routes: what the shop reports about payments."""

from __future__ import annotations

from functions.api.backorders import answer, asked
from shared.aws.changing_store import TableChangingStore
from shared.backorders.report_payment import Report, report_payment
from shared.contracts.backorders import BackorderView
from shared.contracts.payments import PaymentReport
from shared.kernel import clock
from shared.runtime import telemetry
from shared.runtime.http import Answer, Call, S, operation


@operation(
    "POST",
    "/v1/backorders/{id}/payment",
    scopes=S,
    summary="Report what happened to the payment of an order; it is noted in its history",
    body=PaymentReport,
    answers={200: BackorderView},
)
def report(call: Call) -> Answer:
    """A failed payment and an authorisation that ends before the expected release lead to the event
    `payment.reauthorise_due`; the order keeps its place."""
    body: PaymentReport = call.body
    changed = report_payment(
        asked(call),
        Report(body.status, body.authorisation_expires_at),
        store=TableChangingStore(call.container.table),
        settings=call.container.settings(),
        now=clock.now(),
    )
    telemetry.log("payment_reported", outcome=body.status)
    return answer(call, changed, {})
