"""Receive goods: what was counted goes into stock once, whatever the order says, and every difference is reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.backorders.ports import Stale
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Contended, FieldError, Invalid, KeyReused, NotFound
from shared.purchasing.model import PurchaseOrder
from shared.receiving.model import CountedLine, LineResult, Receipt, SkuTotal, results, totals
from shared.receiving.ports import Orders, Posting, ReceivingStore

AHEAD = timedelta(minutes=5)
_TRIES = 8
_PAUSE_SECONDS = 0.1

Pause = Callable[[float], None]
RefreshStatus = Callable[[str], object]


@dataclass(frozen=True)
class ReceiveGoods:
    """A delivery as the warehouse has counted it."""

    receipt_id: str
    supplier_id: str
    lines: tuple[CountedLine, ...]
    request_key: str
    digest: str
    actor: str
    purchase_order_id: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True)
class Received:
    """The posted receipt. `replayed` if it had been posted before, `same_key` if under the same Idempotency-Key."""

    receipt: Receipt
    lines: list[LineResult]
    replayed: bool = False
    same_key: bool = False

    @property
    def units(self) -> int:
        """Units put into stock."""
        return sum(line.posted for line in self.lines)


def receive_goods(
    command: ReceiveGoods,
    *,
    store: ReceivingStore,
    orders: Orders,
    refresh_status: RefreshStatus,
    now: datetime,
    pause: Pause = time.sleep,
) -> Received:
    """Post once per receipt id; a receipt that was cut off goes on where it stopped.

    Raises Invalid (time ahead), Conflict (same id, other content), KeyReused, Contended.
    """
    if command.received_at is not None and command.received_at > now + AHEAD:
        raise Invalid.at("/received_at", "lies more than 5 minutes ahead")
    new = Receipt(
        receipt_id=command.receipt_id,
        supplier_id=command.supplier_id,
        purchase_order_id=command.purchase_order_id,
        received_at=micros(min(command.received_at or now, now)),
        lines=command.lines,
        digest=command.digest,
        request_key=command.request_key,
        actor=command.actor,
        at=micros(now),
    )
    receipt = store.begin(new)
    same_key = receipt.request_key == command.request_key
    if receipt.digest != command.digest:
        if same_key:
            raise KeyReused("this Idempotency-Key was used for the same receipt with another body")
        raise Conflict(
            "this receipt was posted with other content",
            errors=(FieldError("/receipt_id", "already posted with other content"),),
        )
    if receipt.status == "posted":
        posted = store.posted(receipt, totals(receipt.lines))
        return Received(receipt, results(receipt, posted), replayed=True, same_key=same_key)
    return post_receipt(receipt, store=store, orders=orders, refresh_status=refresh_status, pause=pause)


def post_receipt(
    receipt: Receipt,
    *,
    store: ReceivingStore,
    orders: Orders,
    refresh_status: RefreshStatus,
    pause: Pause = time.sleep,
) -> Received:
    """Post what is not posted yet of a stored receipt, and close it. Repeatable from any point."""
    wanted = totals(receipt.lines)
    known = store.known_skus([total.sku for total in wanted])
    wanted = [total for total in wanted if total.sku in known]
    for start in range(0, len(wanted), store.at_once):
        _post_chunk(receipt, wanted[start : start + store.at_once], store, orders, pause)
    order, problem = _order(receipt, orders)
    problem = problem or _unknown_supplier(receipt, orders)
    if order is not None:
        refresh_status(order.id)
    receipt = replace(receipt, status="posted", against=order.id if order else None, problem=problem)
    store.finish(receipt)
    return Received(receipt, results(receipt, store.posted(receipt, wanted)))


def _post_chunk(
    receipt: Receipt, chunk: Sequence[SkuTotal], store: ReceivingStore, orders: Orders, pause: Pause
) -> None:
    for attempt in range(_TRIES):
        done = store.posted(receipt, chunk)
        left = [total for total in chunk if total.sku not in done]
        if not left:
            return
        order, _ = _order(receipt, orders)
        try:
            store.post(receipt, order, _postings(receipt, order, left, orders))
        except (Stale, Contended):
            pause(ids.jitter(_PAUSE_SECONDS * 2**attempt))
        else:
            return
    raise Contended("the stock kept changing; the receipt is posted in part, please repeat it", retry_after=1)


def _postings(receipt: Receipt, order: PurchaseOrder | None, left: Sequence[SkuTotal], orders: Orders) -> list[Posting]:
    lines = orders.lines_of(order.id, [total.sku for total in left]) if order else {}
    postings = []
    for total in left:
        line = lines.get(total.sku)
        if line is None:
            postings.append(Posting(total))
            continue
        after = line.receive(total.quantity, rejected=total.rejected, at=receipt.received_at)
        postings.append(Posting(total, (line, after)))
    return postings


def _order(receipt: Receipt, orders: Orders) -> tuple[PurchaseOrder | None, str | None]:
    """The order to post against; None with a problem if the receipt names one that cannot take it."""
    if receipt.purchase_order_id is None:
        return None, None
    order = orders.read(receipt.purchase_order_id)
    if order is None:
        return None, "there is no such purchase order: posted as free stock"
    if order.stage == "cancelled":
        return None, "the purchase order is cancelled: posted as free stock"
    if order.stage == "held":
        return None, "the purchase order is held and has not been placed: posted as free stock"
    if order.supplier_id != receipt.supplier_id:
        return None, "the purchase order is another supplier's: posted as free stock"
    return order, None


def _unknown_supplier(receipt: Receipt, orders: Orders) -> str | None:
    """Goods that are there are never turned away; who is said to have sent them is looked at where no order tells."""
    if receipt.purchase_order_id is not None:
        return None
    try:
        orders.supplier(receipt.supplier_id)
    except NotFound:
        return "there is no such supplier: posted as free stock"
    return None


def finish_receipts(
    *,
    unfinished: Sequence[Receipt],
    store: ReceivingStore,
    orders: Orders,
    refresh_status: RefreshStatus,
    pause: Pause = time.sleep,
) -> int:
    """Post the rest of receipts that were cut off and that nobody has repeated; returns how many."""
    for receipt in unfinished:
        post_receipt(receipt, store=store, orders=orders, refresh_status=refresh_status, pause=pause)
    return len(unfinished)
