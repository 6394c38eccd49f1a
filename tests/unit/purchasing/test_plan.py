from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.aws.catalog_store import TableCatalog
from shared.aws.planning_store import TablePlans
from shared.aws.stock_items import change_stock
from shared.aws.table import Put, Update
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Invalid
from shared.purchasing.announce import Announce, Despatched, announce
from shared.purchasing.excess import may_shrink
from shared.purchasing.lines import Dates
from shared.purchasing.model import PurchaseOrder
from shared.settings.model import MerchantSettings
from tests.unit.purchasing.desk import CrashError, Desk


def test_what_is_needed_becomes_one_order_per_supplier(desk: Desk) -> None:
    desk.supplier("s2")
    desk.item("A", pack_size=6)
    desk.item("B")
    desk.item("C", supplier_id="s2")
    desk.order(("A", 4), ("B", 2), ("C", 1))
    desk.order(("A", 3))
    plans = {plan.supplier_id: plan for plan in desk.plan()}
    assert [(line.sku, line.ordered, line.need) for line in plans["s1"].lines] == [("A", 12, 7), ("B", 2, 2)]
    assert [line.sku for line in plans["s2"].lines] == ["C"]
    order = plans["s1"].order
    assert order is not None
    assert (order.status, order.value) == ("approved", "14")
    assert desk.read(order.id) == (order, list(plans["s1"].lines))


def test_an_order_is_on_order_from_the_moment_it_is_placed(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 7))
    order, lines = desk.ordered()
    stock = desk.stock("A")
    assert stock.on_order == 7
    assert stock.inbound[order.id].open == 7
    dates = Dates(micros(desk.now + timedelta(days=10)), micros(desk.now + timedelta(days=20)))
    assert lines[0].dates == dates
    assert (stock.inbound[order.id].likely, stock.inbound[order.id].by) == (dates.likely, dates.by)


def test_planning_twice_orders_nothing_twice(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 7))
    desk.ordered()
    assert [plan.outcome for plan in desk.plan()] == ["nothing"]
    assert desk.stock("A").on_order == 7
    desk.order(("A", 2))
    assert desk.ordered()[1][0].ordered == 2


@pytest.mark.parametrize("scheduled", [False, True])
def test_two_plans_at_once_order_nothing_twice(desk: Desk, scheduled: bool) -> None:
    """The second runs as a whole right before the first commits."""
    desk.item("A")
    desk.item("B")
    desk.order(("A", 7), ("B", 1))
    desk.wait(hours=6)
    run = desk.run_schedule if scheduled else desk.plan
    desk.once("TransactWriteItems", run)
    run()
    assert (desk.stock("A").on_order, desk.stock("B").on_order) == (7, 1)
    assert len(desk.orders()) == 1


def test_demand_that_vanishes_while_it_is_planned_is_not_ordered(desk: Desk) -> None:
    desk.item("A")
    desk.item("B")
    desk.order(("A", 7), ("B", 5))
    desk.once("TransactWriteItems", lambda: desk.give_up("A", 7))
    _, lines = desk.ordered()
    assert [(line.sku, line.ordered) for line in lines] == [("B", 5)]
    desk.table.write(_waiting("A", 7))


def test_demand_that_grows_while_it_is_planned_does_not_hinder_it(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 7))
    desk.once("TransactWriteItems", lambda: desk.order(("A", 2)))
    assert desk.ordered()[1][0].ordered == 7
    assert desk.ordered()[1][0].ordered == 2


def test_a_stocked_item_is_ordered_up_to_its_reorder_point(desk: Desk) -> None:
    desk.item("A", reorder_point=10)
    desk.receive("r1", ("A", 4))
    assert desk.ordered()[1][0].ordered == 6
    assert [plan.outcome for plan in desk.plan()] == ["nothing"]


def test_an_item_that_changed_its_supplier_is_ordered_from_the_new_one(desk: Desk) -> None:
    """Although its place in the index still names the old one."""
    desk.supplier("s2")
    item = desk.item("A")
    desk.order(("A", 3))
    card = desk.table.get({"pk": "I#A", "sk": "CARD"})
    assert card is not None
    desk.table.write(Put(card | {"supplier_id": "s2"}, when="attribute_exists(pk)"))
    assert item.supplier_id == "s1"
    outcomes = {plan.supplier_id: plan.outcome for plan in desk.plan()}
    assert outcomes["s1"] == "nothing"
    outcomes = {plan.supplier_id: plan.outcome for plan in desk.plan(suppliers=["s2"])} | outcomes
    assert desk.stock("A").on_order == 3
    assert [order.supplier_id for order in desk.orders()] == ["s2"]


def test_what_needs_nothing_any_more_is_no_longer_looked_at_until_somebody_waits_again(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    desk.ordered()
    desk.plan()
    assert list(desk.table.query_index("NEED#s1")) == []
    desk.order(("A", 1))
    assert desk.ordered()[1][0].ordered == 1


def test_who_begins_to_wait_while_the_list_is_tidied_stays_on_it(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    desk.ordered()
    desk.once("UpdateItem", lambda: desk.order(("A", 2)))
    assert [plan.outcome for plan in desk.plan()] == ["nothing"]
    assert desk.ordered()[1][0].ordered == 2


def test_a_discontinued_item_is_not_ordered_and_the_plan_says_so(desk: Desk) -> None:
    item = desk.item("A")
    desk.order(("A", 3))
    gone = replace(item, sellability_when_empty="discontinued", version=2)
    TableCatalog(desk.table).write_items([gone], moved=())
    (plan,) = desk.plan()
    assert plan.outcome == "nothing"
    assert [(one.sku, one.units) for one in plan.not_ordered] == [("A", 3)]
    assert "discontinued" in plan.not_ordered[0].reason


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 3))
    before = desk.service.items()
    (plan,) = desk.plan(dry=True)
    assert (plan.outcome, plan.lines[0].ordered) == ("ordered", 3)
    assert plan.order is not None
    assert plan.order.status == "draft"
    assert desk.service.items() == before


def test_a_plan_for_a_supplier_that_does_not_exist_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid) as refusal:
        desk.plan(suppliers=["s1", "nobody"])
    assert [error.pointer for error in refusal.value.errors] == ["/suppliers/1"]


def test_a_plan_keeps_to_the_order_days(desk: Desk) -> None:
    desk.supplier("s2", order_weekdays=(3,))
    desk.item("A", supplier_id="s2")
    desk.order(("A", 3))
    (plan,) = desk.plan(suppliers=["s2"])
    assert plan.outcome == "skipped"
    assert "2026-01-08" in plan.reason
    desk.wait(days=3)
    assert desk.plan(suppliers=["s2"])[0].outcome == "ordered"


# approval


def test_an_order_above_the_approval_value_waits_for_somebody_to_approve_it(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="10")
    desk.item("A")
    desk.order(("A", 11))
    order, _ = desk.ordered()
    assert (order.status, order.mail) == ("awaiting_approval", None)
    assert desk.stock("A").on_order == 11
    approved = desk.approve(order.id)
    assert approved.status == "approved"
    assert approved.mail is not None
    assert approved.mail.state == "due"
    assert desk.approve(order.id) == approved


def test_without_automatic_ordering_every_order_waits_for_approval(desk: Desk) -> None:
    desk.settings = replace(desk.settings, auto_order_enabled=False)
    desk.item("A")
    desk.order(("A", 1))
    assert desk.ordered()[0].status == "awaiting_approval"


# holding


@pytest.fixture
def picky(desk: Desk) -> Desk:
    """The supplier takes orders from 100 EUR; a basket is held for 5 days at most."""
    desk.supplier("s2", min_order_value="100", max_wait_days=5)
    for sku in "AB":
        desk.item(sku, supplier_id="s2", pack_size=4)
    return desk


def test_a_basket_below_the_minimum_is_held_with_a_reason_and_is_not_on_order(picky: Desk) -> None:
    picky.order(("A", 41))
    (plan,) = picky.plan(suppliers=["s2"])
    assert plan.outcome == "held"
    assert plan.order is not None
    order, lines = picky.read(plan.order.id)
    assert (order.status, order.reason) == ("held", plan.reason)
    assert [(line.need, line.ordered, line.rounding, line.excess) for line in lines] == [(41, 44, 3, 3)]
    assert picky.stock("A").on_order == 0
    assert picky.orders("held") == [order]
    verdict = TablePlans(picky.table).planning("s2").verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.reason) == ("held", order.reason)
    assert verdict.order_by == order.order_by == micros(picky.now.replace(day=12, hour=15, minute=0, microsecond=0))


def test_a_held_basket_is_collected_and_keeps_its_id_until_the_quota_is_reached(picky: Desk) -> None:
    picky.order(("A", 41))
    picky.plan()
    picky.order(("B", 30))
    (held,) = picky.orders()
    picky.plan()
    assert [line.sku for line in picky.read(held.id)[1]] == ["A", "B"]
    picky.order(("B", 40))
    picky.plan()
    order, lines = picky.read(held.id)
    assert (order.status, order.value) == ("approved", "116")
    assert [line.ordered for line in lines] == [44, 72]
    assert len(picky.orders()) == 1
    assert list(picky.table.query(f"PO#{held.id}", prefix="HELD#")) == []


def test_two_plans_at_once_hold_one_basket(picky: Desk) -> None:
    picky.order(("A", 1))
    picky.once("TransactWriteItems", lambda: picky.plan(suppliers=["s2"]))
    picky.plan(suppliers=["s2"])
    assert len(picky.orders("held")) == 1


def test_a_held_basket_is_ordered_anyway_when_somebody_says_so(picky: Desk) -> None:
    """As it is needed now, under the id it was held by."""
    picky.order(("A", 41))
    picky.plan(suppliers=["s2"])
    (held,) = picky.orders("held")
    picky.order(("B", 3))
    order = picky.approve_or_order(held.id)
    assert (order.id, order.status, order.order_by) == (held.id, "approved", None)
    assert "operator's word" in order.reason
    assert [(line.sku, line.ordered) for line in picky.read(held.id)[1]] == [("A", 44), ("B", 4)]
    assert (picky.stock("A").on_order, picky.stock("B").on_order) == (44, 4)
    picky.send(order.id)
    assert picky.approve_or_order(order.id).status == "sent"  # once is enough
    assert len(picky.orders()) == 1


def test_a_held_basket_above_the_approval_value_is_approved_with_the_same_word(picky: Desk) -> None:
    picky.settings = MerchantSettings(approval_value="1")
    picky.order(("A", 41))
    picky.plan(suppliers=["s2"])
    (held,) = picky.orders("held")
    assert picky.approve_or_order(held.id).status == "approved"


def test_a_held_basket_that_nobody_needs_any_more_is_not_ordered(picky: Desk) -> None:
    picky.order(("A", 41))
    picky.plan(suppliers=["s2"])
    (held,) = picky.orders("held")
    picky.give_up("A", 41)
    with pytest.raises(Conflict, match="nothing needs to be ordered"):
        picky.approve_or_order(held.id)
    assert picky.stock("A").on_order == 0
    picky.give_up("A", -41)


def test_a_held_basket_is_ordered_once_by_two_who_say_so_at_once(picky: Desk) -> None:
    picky.order(("A", 41))
    picky.plan(suppliers=["s2"])
    (held,) = picky.orders("held")
    picky.once("TransactWriteItems", lambda: picky.approve_or_order(held.id))
    with contextlib.suppress(Conflict):
        picky.approve_or_order(held.id)
    assert picky.stock("A").on_order == 44
    assert [order.status for order in picky.orders()] == ["approved"]


def test_the_next_held_basket_is_another_order(picky: Desk) -> None:
    picky.order(("A", 100))
    picky.plan()
    picky.order(("A", 1))
    picky.plan()
    assert [order.status for order in picky.orders()] == ["approved", "held"]


def test_after_the_longest_wait_a_small_basket_is_ordered_anyway(picky: Desk) -> None:
    picky.order(("A", 1))
    picky.wait(days=4, hours=23)
    assert picky.plan(suppliers=["s2"])[0].outcome == "skipped", "the 10th of January is a Saturday"
    picky.wait(days=2)
    (plan,) = picky.plan(suppliers=["s2"])
    assert plan.outcome == "ordered"
    assert plan.reason.startswith("ordered anyway")


def test_the_wait_counts_from_when_the_oldest_line_was_placed_whoever_stands_first(picky: Desk) -> None:
    """A gold line stands first in the queue but was placed later; the standard line behind it decides."""
    picky.order(("A", 1), placed_at=picky.now - timedelta(days=4, hours=12))
    picky.order(("A", 1), priority="gold")
    assert picky.plan(suppliers=["s2"])[0].outcome == "held"
    picky.wait(hours=13)
    assert picky.plan(suppliers=["s2"])[0].outcome == "ordered"


def test_the_oldest_line_is_found_behind_many_with_a_head_start(picky: Desk) -> None:
    for _ in range(12):
        picky.order(("A", 1), priority="gold")
    picky.order(("A", 1), placed_at=picky.now - timedelta(days=4, hours=23))
    picky.wait(hours=2)
    assert picky.plan(suppliers=["s2"])[0].outcome == "ordered"


def test_a_gold_line_alone_does_not_end_the_wait_early(picky: Desk) -> None:
    picky.order(("A", 1), priority="gold")
    assert picky.plan(suppliers=["s2"])[0].outcome == "held"


def test_a_held_basket_that_nobody_needs_any_more_is_dropped(picky: Desk) -> None:
    picky.order(("A", 1))
    picky.plan()
    (held,) = picky.orders()
    picky.give_up("A", 1)
    picky.plan()
    assert picky.read(held.id)[0].status == "cancelled"
    picky.table.write(_waiting("A", 1))


def test_a_supplier_may_be_topped_up_to_the_minimum(picky: Desk) -> None:
    picky.supplier("s3", min_order_value="100", max_wait_days=0, when_quota_missed="top_up")
    picky.item("T", supplier_id="s3", pack_size=12)
    picky.order(("T", 13))
    (plan,) = picky.plan(suppliers=["s3"])
    assert (plan.lines[0].ordered, plan.lines[0].rounding, plan.lines[0].excess) == (108, 11, 95)


def test_what_was_topped_up_stays_above_the_minimum_while_anybody_waits_for_it(picky: Desk) -> None:
    picky.supplier("s3", min_order_value="100", max_wait_days=0, when_quota_missed="top_up")
    picky.item("T", supplier_id="s3", pack_size=12)
    picky.order(("T", 13))
    picky.plan(suppliers=["s3"])
    (order,) = picky.orders()
    for given_up, status in ((4, "approved"), (9, "cancelled")):
        picky.give_up("T", given_up)
        picky.plan(suppliers=["s3"])
        assert picky.read(order.id)[0].status == status
        assert picky.stock("T").on_order == (108 if status == "approved" else 0)
    picky.table.write(_waiting("T", 13))


# shrinking


def test_cancelled_demand_shrinks_an_order_that_is_not_sent_on_the_grid(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("A", pack_size=6)
    desk.item("B")
    desk.order(("A", 19), ("B", 3))
    order, _ = desk.ordered()
    desk.give_up("A", 8)
    desk.give_up("B", 3)
    (plan,) = desk.plan()
    assert {(one.sku, one.units) for one in plan.excess if one.taken_off} == {("A", 12), ("B", 3)}
    order, lines = desk.read(order.id)
    assert [(line.sku, line.ordered) for line in lines if line.ordered] == [("A", 12)]
    assert (order.status, order.value) == ("awaiting_approval", "12")
    assert (desk.stock("A").on_order, desk.stock("B").on_order) == (12, 0)
    assert desk.stock("B").inbound == {}
    desk.table.write(_waiting("A", 8))
    desk.table.write(_waiting("B", 3))


def test_an_order_does_not_shrink_by_what_is_needed_again_meanwhile(desk: Desk) -> None:
    desk.settings = replace(desk.settings, approval_value="1")
    desk.item("A")
    desk.order(("A", 9))
    order, _ = desk.ordered()
    desk.give_up("A", 4)
    desk.once("TransactWriteItems", lambda: desk.order(("A", 4)))
    desk.plan()
    _, lines = desk.read(order.id)
    assert [line.ordered for line in lines] == [9]
    desk.table.write(_waiting("A", 4))


def test_an_order_nobody_needs_is_cancelled_before_it_is_sent(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 2))
    order, _ = desk.ordered()
    desk.give_up("A", 2)
    desk.plan()
    order, _ = desk.read(order.id)
    assert (order.status, order.mail) == ("cancelled", None)
    assert desk.send(order.id).outcome == "nothing_due"
    assert desk.stock("A").on_order == 0
    desk.table.write(_waiting("A", 2))


def test_an_order_that_is_being_mailed_does_not_shrink(desk: Desk) -> None:
    desk.item("A")
    desk.order(("A", 2))
    order, _ = desk.ordered()

    class Slow:
        def send(self, *_: object) -> str:
            desk.give_up("A", 2)
            desk.plan()
            return "m1"

    desk.send(order.id, mail=Slow())
    order, lines = desk.read(order.id)
    assert (order.status, lines[0].ordered) == ("sent", 2)
    desk.table.write(_waiting("A", 2))


def test_units_on_their_way_are_not_taken_off_a_sent_order(desk: Desk) -> None:
    desk.supplier("s2", amend_days=3)
    for sku in ("A", "B"):
        desk.item(sku, supplier_id="s2")
    desk.order(("A", 5), ("B", 5))
    order, _ = desk.sent()
    said = Announce(order.id, "D1", (Despatched("A", 5),), "supplier:s2")
    announce(said, book=desk.book, suppliers=desk.book.supplier, now=desk.now)
    for sku in ("A", "B"):
        desk.give_up(sku, 2)
    (plan,) = desk.plan(suppliers=["s2"])
    assert sorted((one.sku, one.units, one.taken_off) for one in plan.excess) == [("A", 2, False), ("B", 2, True)]
    order, lines = desk.read(order.id)
    assert [(line.sku, line.ordered, line.open) for line in lines] == [("A", 5, 5), ("B", 3, 3)]
    assert (order.status, order.log[-1][1:]) == ("acknowledged", ("amended", "system", "2 units"))
    assert order.mail is not None
    assert (order.mail.kind, order.mail.state) == ("purchase_order_changed", "due")
    assert desk.send(order.id).outcome == "sent"
    for sku in ("A", "B"):
        desk.table.write(_waiting(sku, 2))


def test_an_order_whose_answer_is_being_taken_is_not_amended(desk: Desk) -> None:
    order = PurchaseOrder("po_1", "s1", "sent", "sent", 0, "EUR", sent_at=0)
    supplier = desk.supplier("s2", amend_days=1)
    day = 86_400_000_000
    assert may_shrink(order, supplier, day - 1)
    assert not may_shrink(order, supplier, day)
    assert not may_shrink(order, replace(supplier, amend_days=0), 0)
    assert not may_shrink(order, None, 0)
    assert not may_shrink(replace(order, answering=("x", 0)), supplier, 0)
    assert not may_shrink(replace(order, closing="cancelled"), supplier, 0)


def test_excess_of_a_sent_order_is_announced_without_what_rounding_had_planned(desk: Desk) -> None:
    desk.item("A", pack_size=10)
    desk.order(("A", 17))
    order, _ = desk.sent()
    assert desk.plan()[0].excess == ()
    desk.give_up("A", 9)
    (excess,) = desk.plan()[0].excess
    assert (excess.purchase_order_id, excess.sku, excess.units, excess.taken_off) == (order.id, "A", 9, False)
    assert desk.line(order.id, "A").ordered == 20
    desk.table.write(_waiting("A", 9))


# large orders


@pytest.mark.slow
def test_an_order_of_six_hundred_items_is_one_order(desk: Desk) -> None:
    skus = desk.items(600)
    desk.order(*[(sku, 2) for sku in skus])
    (plan,) = desk.plan()
    assert plan.order is not None
    order, lines = desk.read(plan.order.id)
    assert (order.status, order.collecting, order.value) == ("approved", False, "1200")
    assert len(lines) == len(plan.lines) == 600
    assert all(desk.stock(sku).on_order == 2 for sku in skus[::50])
    assert [one.outcome for one in desk.plan()] == ["nothing"]


@pytest.mark.slow
@pytest.mark.parametrize("skip", [0, 1, 2, 3])
def test_a_large_order_that_was_cut_off_is_finished_by_the_next_run(desk: Desk, skip: int) -> None:
    skus = desk.items(120)
    desk.order(*[(sku, 1) for sku in skus])
    desk.wait(hours=6)
    desk.crash("TransactWriteItems", skip=skip)
    with pytest.raises(CrashError):
        desk.run_schedule()
    assert [one for one in desk.violations() if one["rule"] == "on_order_agrees"] == []
    if skip:
        (unfinished,) = desk.orders()
        assert (unfinished.status, unfinished.mail) == ("awaiting_approval", None)
        assert unfinished.collecting
    desk.wait(hours=1)
    desk.run_schedule()
    (order,) = desk.orders()
    assert (order.status, len(desk.read(order.id)[1]), order.collecting) == ("approved", 120, False)
    assert all(desk.stock(sku).on_order == 1 for sku in skus)


def test_a_chunk_whose_need_shrank_is_computed_again_and_the_rest_is_kept(desk: Desk) -> None:
    skus = desk.items(100)
    desk.order(*[(sku, 5) for sku in skus])
    desk.once("TransactWriteItems", lambda: desk.give_up(skus[60], 3), skip=2)
    (plan,) = desk.plan()
    ordered = {line.sku: line.ordered for line in plan.lines}
    assert ordered == dict.fromkeys(skus, 5) | {skus[60]: 2}
    desk.table.write(_waiting(skus[60], 3))


@pytest.mark.slow
def test_a_plan_that_runs_out_of_time_is_finished_by_the_next_hourly_run(desk: Desk) -> None:
    desk.supplier("s2")
    desk.item("Z", supplier_id="s2")
    skus = desk.items(120)
    desk.order(*[(sku, 1) for sku in skus], ("Z", 1))
    asked = iter([False, False, False] + [True] * 100)
    plans = desk.plan(out_of_time=lambda: next(asked))
    assert [plan.outcome for plan in plans] == ["postponed", "postponed"]
    assert 0 < sum(desk.stock(sku).on_order for sku in skus) < 120
    assert {plan.supplier_id for plan in desk.run_schedule()} == {"s1", "s2"}
    assert all(desk.stock(sku).on_order == 1 for sku in [*skus, "Z"])
    assert desk.run_schedule() == []


def _waiting(sku: str, units: int) -> Update:
    """Puts demand back that a test took off the counters only, so that the books can be checked."""
    return change_stock(sku, waiting=units)
