from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from shared.aws.receiving_store import TableReceivingStore
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Invalid, KeyReused
from shared.purchasing.change import refresh_head
from shared.receiving.receive import Received, finish_receipts
from tests.unit.purchasing.desk import CrashError, Desk, no_pause


@pytest.fixture
def order_id(desk: Desk) -> str:
    """A sent order of 10 A and 6 B."""
    for sku in "ABX":
        desk.item(sku)
    desk.order(("A", 10), ("B", 6))
    return desk.sent()[0].id


def told(received: Received) -> list[tuple[str, int, int, int, str]]:
    return [(line.line.sku, line.posted, line.applied, line.over, line.outcome) for line in received.lines]


def free(desk: Desk) -> dict[str, int]:
    return {sku: desk.stock(sku).free for sku in "ABX" if desk.stock(sku).free}


def test_a_complete_delivery_fills_the_order(desk: Desk, order_id: str) -> None:
    received = desk.receive("r1", ("A", 10), ("B", 6), against=order_id)
    assert told(received) == [("A", 10, 10, 0, "posted"), ("B", 6, 6, 0, "posted")]
    assert desk.read(order_id)[0].status == "received"
    stock = desk.stock("A")
    assert (stock.free, stock.received, stock.on_order, stock.inbound) == (10, 10, 0, {})
    assert order_id not in [order.id for order in desk.book.open_orders()]


def test_a_short_delivery_leaves_the_rest_open(desk: Desk, order_id: str) -> None:
    desk.receive("r1", ("A", 4), against=order_id)
    assert desk.read(order_id)[0].status == "partially_received"
    line = desk.line(order_id, "A")
    assert (line.open, line.received) == (6, 4)
    assert (desk.stock("A").on_order, desk.stock("A").inbound[order_id].open) == (6, 6)
    desk.receive("r2", ("A", 6), ("B", 6), against=order_id)
    assert desk.read(order_id)[0].status == "received"


def test_over_delivery_enters_the_stock_and_is_reported(desk: Desk, order_id: str) -> None:
    received = desk.receive("r1", ("A", 13), ("B", 6), against=order_id)
    assert told(received)[0] == ("A", 13, 10, 3, "over")
    line = desk.line(order_id, "A")
    assert (line.ordered, line.open, line.received, line.over) == (10, 0, 10, 3)
    assert (desk.stock("A").free, desk.stock("A").on_order) == (13, 0)
    assert desk.read(order_id)[0].status == "received"


def test_rejected_units_come_on_top_never_enter_the_stock_and_stay_open(desk: Desk, order_id: str) -> None:
    received = desk.receive("r1", ("A", 7, 3), ("B", 0, 2), against=order_id)
    assert told(received) == [("A", 7, 7, 0, "posted"), ("B", 0, 0, 0, "rejected")]
    assert free(desk) == {"A": 7}
    assert (desk.line(order_id, "A").open, desk.line(order_id, "A").rejected_units) == (3, 3)
    assert desk.stock("B").on_order == 6


def test_a_sku_nobody_knows_is_recorded_and_reported_and_not_in_stock(desk: Desk, order_id: str) -> None:
    received = desk.receive("r1", ("NEW", 5), ("A", 1), against=order_id)
    assert told(received) == [("NEW", 0, 0, 0, "unknown_sku"), ("A", 1, 1, 0, "posted")]
    receipt = TableReceivingStore(desk.table).read("r1")
    assert receipt is not None
    assert [(line.sku, line.quantity) for line in receipt.lines] == [("NEW", 5), ("A", 1)]


def test_goods_that_were_not_ordered_enter_the_stock_and_are_reported(desk: Desk, order_id: str) -> None:
    received = desk.receive("r1", ("X", 5), against=order_id)
    assert told(received) == [("X", 5, 0, 5, "not_ordered")]
    assert free(desk) == {"X": 5}


def test_a_delivery_without_an_order_is_free_stock(desk: Desk, order_id: str) -> None:
    received = desk.receive("r1", ("A", 5))
    assert told(received) == [("A", 5, 0, 0, "posted")]
    assert (received.receipt.against, received.receipt.problem) == (None, None)
    assert desk.stock("A").on_order == 10


@pytest.mark.parametrize("named", ["po_nothing", "cancelled", "another supplier's", "held"])
def test_against_an_order_that_cannot_take_it_a_delivery_is_free_stock_and_reported(
    desk: Desk, order_id: str, named: str
) -> None:
    against, supplier = named, "s1"
    if named == "cancelled":
        desk.cancel(order_id)
        against = order_id
    elif named == "another supplier's":
        against, supplier = order_id, "s9"
    elif named == "held":
        desk.supplier("s2", min_order_value="100")
        desk.item("H", supplier_id="s2")
        desk.order(("H", 1))
        desk.plan()
        against, supplier = desk.orders("held")[0].id, "s2"
    received = desk.receive("r1", ("A", 5), against=against, supplier_id=supplier)
    assert received.receipt.against is None
    assert received.receipt.problem is not None
    assert named.replace("po_nothing", "no such") in received.receipt.problem
    assert free(desk) == {"A": 5}


def test_goods_may_come_before_the_order_was_sent(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    order, _ = desk.ordered()
    desk.receive("r1", ("A", 1), against=order.id)
    assert desk.read(order.id)[0].status == "partially_received"
    desk.send(order.id)
    assert (desk.read(order.id)[0].status, desk.mails()) == ("partially_received", ["purchase_order"])


def test_two_lines_of_one_sku_are_posted_together_and_told_apart(desk: Desk, order_id: str) -> None:
    """Each compared with the open units by itself would fill 16 of 10."""
    received = desk.receive("r1", ("A", 8), ("B", 1), ("A", 8, 1), against=order_id)
    assert told(received) == [("A", 8, 8, 0, "posted"), ("B", 1, 1, 0, "posted"), ("A", 8, 2, 6, "over")]
    assert (desk.line(order_id, "A").received, desk.line(order_id, "A").over) == (10, 6)
    assert free(desk) == {"A": 16, "B": 1}


def test_the_ledger_tells_what_the_counters_say(desk: Desk, order_id: str) -> None:
    desk.receive("r1", ("A", 13, 2), against=order_id)
    (entry,) = desk.table.query("I#A", prefix="E#")
    expected = {"kind": "ledger", "sku": "A", "what": "receipt", "units": 13, "rejected": 2, "applied": 10}
    expected |= {"cause": "r1", "purchase_order_id": order_id, "actor": "operations:bo", "at": micros(desk.now)}
    assert expected.items() <= entry.items()


def test_a_repeated_receipt_is_posted_once(desk: Desk, order_id: str) -> None:
    first = desk.receive("r1", ("A", 4), ("NEW", 1), against=order_id)
    again = desk.receive("r1", ("A", 4), ("NEW", 1), against=order_id)
    other = desk.receive("r1", ("A", 4), ("NEW", 1), against=order_id, request_key="another")
    assert (first.replayed, again.replayed, again.same_key) == (False, True, True)
    assert (other.replayed, other.same_key) == (True, False)
    assert told(first) == told(again) == told(other)
    assert free(desk) == {"A": 4}


def test_a_receipt_id_is_not_taken_for_other_content(desk: Desk, order_id: str) -> None:
    desk.receive("r1", ("A", 4), against=order_id)
    with pytest.raises(KeyReused):
        desk.receive("r1", ("A", 5), against=order_id)
    with pytest.raises(Conflict, match="other content"):
        desk.receive("r1", ("A", 5), against=order_id, request_key="another")
    assert free(desk) == {"A": 4}


def test_the_same_receipt_twice_at_once_is_posted_once(desk: Desk, order_id: str) -> None:
    def twin() -> Received:
        return desk.receive("r1", ("A", 4), ("B", 6), against=order_id)

    desk.once("TransactWriteItems", twin)
    twin()
    assert free(desk) == {"A": 4, "B": 6}
    assert desk.read(order_id)[0].status == "partially_received"


def test_the_same_receipt_twice_at_once_without_an_order_is_posted_once(desk: Desk, order_id: str) -> None:
    desk.once("TransactWriteItems", lambda: desk.receive("r1", ("A", 4), ("X", 1)))
    desk.receive("r1", ("A", 4), ("X", 1))
    assert free(desk) == {"A": 4, "X": 1}


def test_two_receipts_at_once_share_what_is_open(desk: Desk, order_id: str) -> None:
    desk.once("TransactWriteItems", lambda: desk.receive("r2", ("A", 8), against=order_id))
    received = desk.receive("r1", ("A", 8), ("B", 6), against=order_id)
    assert told(received)[0] == ("A", 8, 2, 6, "over")
    assert (desk.line(order_id, "A").received, desk.line(order_id, "A").over) == (10, 6)
    assert desk.read(order_id)[0].status == "received"


def test_an_order_cancelled_while_goods_are_posted_takes_none_of_the_rest(desk: Desk, order_id: str) -> None:
    desk.once("TransactWriteItems", lambda: desk.cancel(order_id))
    received = desk.receive("r1", ("A", 4), ("B", 2), against=order_id)
    assert received.receipt.against is None
    assert desk.line(order_id, "A").received == 0
    assert free(desk) == {"A": 4, "B": 2}


def test_received_goods_are_dated_by_the_receipt(desk: Desk, order_id: str) -> None:
    at = desk.now - timedelta(days=1)
    received = desk.receive("r1", ("A", 4), against=order_id, received_at=at)
    assert received.receipt.received_at == micros(at) == desk.line(order_id, "A").last_received_at


def test_a_time_a_little_ahead_counts_as_now_and_more_is_refused(desk: Desk, order_id: str) -> None:
    received = desk.receive("r1", ("A", 1), received_at=desk.now + timedelta(minutes=5))
    assert received.receipt.received_at == micros(desk.now)
    with pytest.raises(Invalid) as refusal:
        desk.receive("r2", ("A", 1), received_at=desk.now + timedelta(minutes=5, seconds=1))
    assert refusal.value.errors[0].pointer == "/received_at"
    assert TableReceivingStore(desk.table).read("r2") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "skip"),
    [("PutItem", 0), ("TransactWriteItems", 0), ("TransactWriteItems", 1), ("PutItem", 1), ("UpdateItem", 0)],
)
@pytest.mark.parametrize("finish", ["repeat", "chase"])
def test_a_receipt_that_was_cut_off_is_posted_to_the_end_once(
    desk: Desk, operation: str, skip: int, finish: str
) -> None:
    """Crashed before its document, between two chunks, before the order's status, or before its own end."""
    skus = desk.items(50)
    desk.order(*[(sku, 2) for sku in skus])
    order_id = desk.sent()[0].id
    lines = [(sku, 2) for sku in skus]
    desk.crash(operation, skip=skip)
    with pytest.raises(CrashError):
        desk.receive("r1", *lines, against=order_id)
    assert desk.violations() == []
    store = TableReceivingStore(desk.table)
    unfinished = list(store.unfinished(micros(desk.now + timedelta(hours=1))))
    assert len(unfinished) == (0 if (operation, skip) == ("PutItem", 0) else 1)
    assert list(store.unfinished(micros(desk.now))) == []
    if finish == "chase":
        status = partial(refresh_head, book=desk.book)
        finish_receipts(unfinished=unfinished, store=store, orders=desk.book, refresh_status=status, pause=no_pause)
    received = desk.receive("r1", *lines, against=order_id)
    assert {outcome for *_, outcome in told(received)} == {"posted"}
    assert desk.read(order_id)[0].status == "received"
    assert {desk.stock(sku).free for sku in skus} == {2}
    assert list(store.unfinished(micros(desk.now + timedelta(hours=1)))) == []


@pytest.mark.slow
def test_a_receipt_of_two_thousand_lines_is_one_receipt(desk: Desk) -> None:
    """Two lines of each of a thousand items, against an order of all of them."""
    skus = desk.items(1000)
    desk.order(*[(sku, 2) for sku in skus])
    order_id = desk.sent()[0].id
    lines = [(sku, 1) for sku in skus] * 2
    received = desk.receive("r1", *lines, against=order_id)
    assert received.units == 2000
    assert desk.read(order_id)[0].status == "received"
    again = desk.receive("r1", *lines, against=order_id)
    assert (again.replayed, told(again)) == (True, told(received))


def test_goods_of_an_unknown_supplier_are_posted_and_reported(desk: Desk) -> None:
    desk.item("A")
    received = desk.receive("r1", ("A", 3), supplier_id="nobody")
    assert (told(received), desk.stock("A").free) == ([("A", 3, 0, 0, "posted")], 3)
    assert received.receipt.problem == "there is no such supplier: posted as free stock"
    assert desk.receive("r2", ("A", 3)).receipt.problem is None
