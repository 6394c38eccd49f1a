"""Routes: quotes, the dates of an order that is not placed yet."""

from __future__ import annotations

from shared.aws.recording_store import read_facts
from shared.backorders.quote import quote
from shared.contracts.quotes import QuoteBody, QuoteView, quote_view
from shared.kernel import clock, ids
from shared.runtime import quote_tokens
from shared.runtime.http import Answer, Call, S, operation
from shared.runtime.idempotency import text_once


@operation(
    "POST",
    "/v1/quotes",
    scopes=S,
    summary="Quote dates for the lines of an order; recording with the token honours them for ten minutes",
    body=QuoteBody,
    answers={200: QuoteView},
)
def make(call: Call) -> Answer:
    """A quote fixes dates, not units or a place: the limit of an item may still refuse the order. A repeat under its
    key has the first token and its dates; what is available is told as it is by then."""
    body: QuoteBody = call.body
    facts = read_facts(call.container.table, "", ids.ordered_unique(line.sku for line in body.lines))
    fresh, estimates = quote(body.lines, facts, clock.now())
    token, replayed = text_once(call, quote_tokens.write(fresh, call.container))
    given = quote_tokens.read(token, call.container) if replayed else fresh
    promises = given.of(body.lines) or []
    answer = quote_view(token, given.expires_at, estimates, promises)
    return Answer(answer, headers={"Idempotency-Replayed": "true"} if replayed else {})
