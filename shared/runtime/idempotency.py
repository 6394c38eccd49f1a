"""Idempotency for POSTs that have no natural key: the first answer under an Idempotency-Key is the answer.

Where a body names its own identity (an order, a receipt, a correction) the use case itself is idempotent by it, and
this is not needed.
"""

from __future__ import annotations

from collections.abc import Callable

from shared.aws.request_store import Claim, Known, TableRequests
from shared.kernel import clock, ids
from shared.kernel.errors import InProgress, KeyReused
from shared.runtime.http import Answer, Call

_REPLAYED = {"Idempotency-Replayed": "true"}
_ABANDONED_MICROS = 60_000_000  # longer than any function of the door may run


def answer_once(call: Call, run: Callable[[], Answer]) -> Answer:
    """`run()`, or what it answered the first time. Its body must be a plain JSON object without floats.

    The same key with another request is KeyReused; while the first still runs, InProgress. A request that failed
    leaves nothing behind and can be repeated under its key.
    """
    requests, claim = TableRequests(call.container.table), _claim(call)
    known = None if _claimed(requests, claim) else _known(requests, claim)
    if known is not None:
        if known.answer is not None:
            first = known.answer
            return Answer(first["body"], first["status"], {**first["headers"], **_REPLAYED})
        if claim.claimed_at - known.claimed_at < _ABANDONED_MICROS or not requests.claim(claim, over=known):
            raise InProgress("the first request under this Idempotency-Key is still running", retry_after=5)
    try:
        answer = run()
    except BaseException:
        requests.give_up(claim)
        raise
    kept = {"status": answer.status, "body": answer.body, "headers": dict(answer.headers)}
    requests.answer(claim, kept)
    return answer


def answer_anew(call: Call, run: Callable[[], Answer]) -> Answer:
    """`run()`, which changes nothing, with every repeat: of a request only its key and a digest of it are kept.

    The same key with another request is KeyReused, before anything is worked out.
    """
    requests, claim = TableRequests(call.container.table), _claim(call)
    replayed = _known(requests, claim) is not None
    answer = run()
    if not replayed and not requests.claim(claim, answer={}):
        replayed = _known(requests, claim) is not None  # somebody was faster
    return Answer(answer.body, answer.status, {**answer.headers, **(_REPLAYED if replayed else {})})


def text_once(call: Call, text: str) -> tuple[str, bool]:
    """A text made without changing anything, or the one that was first made under this key; whether it was that one.

    One conditional write; the same key with another request is KeyReused.
    """
    requests, claim = TableRequests(call.container.table), _claim(call)
    if requests.claim(claim, answer={"text": text}):
        return text, False
    known = _known(requests, claim)
    first = known.answer if known is not None else None
    return (str(first["text"]), True) if first is not None else (text, False)


def _claim(call: Call) -> Claim:
    hash_ = ids.digest(call.caller.client, call.route, *_pairs(call), call.idempotency_key or "")
    content = call.raw_body if call.raw_body is not None else call.body
    digest = ids.body_digest([dict(call.query), content])
    return Claim(hash_, digest, clock.micros(clock.now()), ids.nonce())


def _known(requests: TableRequests, claim: Claim) -> Known | None:
    """What is known of the request; None if it was given up meanwhile."""
    known = requests.known(claim.hash)
    if known is not None and known.digest != claim.digest:
        raise KeyReused("this Idempotency-Key was used for another request")
    return known


def _claimed(requests: TableRequests, claim: Claim) -> bool:
    """A claim whose answer never came may be there all the same: it must not keep the repeat waiting."""
    try:
        return requests.claim(claim)
    except BaseException:
        requests.give_up(claim)
        raise


def _pairs(call: Call) -> list[str]:
    return [text for pair in sorted(call.path.items()) for text in pair]
