from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.inventory.model import Inbound
from shared.purchasing.lines import Dates, Later, PurchaseOrderLine, inbound, put_off
from shared.purchasing.model import PurchaseOrder, Stage, status_of, total


def line(ordered: int = 10, **values: object) -> PurchaseOrderLine:
    return PurchaseOrderLine("A", ordered, **{"open": ordered, "dates": Dates(5, 9), "due": 5, **values})  # type: ignore[arg-type]


def order(stage: Stage = "sent", **values: object) -> PurchaseOrder:
    return PurchaseOrder("po_1", "s1", stage, stage, 0, "EUR", **values)  # type: ignore[arg-type]


class LineLife(RuleBasedStateMachine):
    """Whatever happens to a line, its quantities add up and everything delivered is accounted for."""

    def __init__(self) -> None:
        super().__init__()
        self.line = line(20)
        self.delivered = 0

    @rule(units=st.integers(0, 15), rejected=st.integers(0, 3))
    def goods_arrive(self, units: int, rejected: int) -> None:
        self.line = self.line.receive(units, rejected=rejected)
        self.delivered += units

    @rule(units=st.integers(0, 30))
    def the_supplier_confirms(self, units: int) -> None:
        self.line = self.line.confirm(units)
        assert self.line.open == max(0, units - self.line.received)

    @rule(units=st.integers(1, 30))
    def a_part_is_put_off(self, units: int) -> None:
        if 0 < units < self.line.open:
            self.line = replace(self.line, later=Later(units, Dates(30, 40)))

    @rule()
    def the_rest_is_closed(self) -> None:
        self.line = self.line.close()
        assert self.line.open == 0

    @rule(less=st.integers(0, 10))
    def less_is_ordered(self, less: int) -> None:
        self.line = self.line.shrink(self.line.ordered - min(less, self.line.open))

    @invariant()
    def every_unit_is_somewhere(self) -> None:
        one = self.line
        assert one.ordered == one.open + one.received + one.closed_short
        assert one.received + one.over == self.delivered
        assert sum(entry.open for entry in inbound("po_1", one).values()) == one.open


TestLineLife = LineLife.TestCase


def test_quantities_that_do_not_add_up_cannot_exist() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        line(10, open=9)
    with pytest.raises(ValueError, match="put off"):
        line(10, later=Later(11, Dates(1, 2)))


def test_over_delivery_never_makes_a_line_negative() -> None:
    got = line(10).receive(13)
    assert (got.open, got.received, got.over) == (0, 10, 3)


def test_rejected_units_stay_open() -> None:
    got = line(10).receive(6, rejected=4)
    assert (got.open, got.received, got.rejected_units) == (4, 6, 4)


def test_goods_fill_the_earlier_part_of_a_line_before_what_was_put_off() -> None:
    split = line(10, later=Later(4, Dates(30, 40)))
    assert inbound("po_1", split) == {
        "po_1": Inbound(6, 5, 9, False),
        put_off("po_1"): Inbound(4, 30, 40, True),
    }
    assert inbound("po_1", split.receive(5))["po_1"].open == 1
    assert inbound("po_1", split.receive(8)) == {"po_1": Inbound(2, 30, 40, True)}
    assert inbound("po_1", split.receive(10)) == {}


def test_a_supplier_who_confirms_less_closes_the_difference() -> None:
    got = line(10).receive(2).confirm(7)
    assert (got.ordered, got.open, got.received, got.closed_short) == (10, 5, 2, 3)


def test_a_supplier_may_take_back_a_lower_figure_or_deliver_more() -> None:
    assert line(10).confirm(7).confirm(10) == line(10)
    more = line(10).confirm(12)
    assert (more.ordered, more.open) == (12, 12)


STATUS_CASES = [
    ("sent", [line(10)], "sent"),
    ("acknowledged", [line(10)], "acknowledged"),
    ("approved", [line(10)], "approved"),
    ("sent", [line(10).receive(1)], "partially_received"),
    ("approved", [line(10).receive(1)], "partially_received"),
    ("awaiting_approval", [line(10).receive(1)], "awaiting_approval"),
    ("sent", [line(10).receive(10), line(4)], "partially_received"),
    ("sent", [line(10).receive(10), line(4).receive(9)], "received"),
    ("acknowledged", [line(10).receive(10), line(4).close()], "closed_short"),
    ("acknowledged", [line(10).confirm(6).receive(6)], "closed_short"),
    ("acknowledged", [replace(line(10).close(), reply="rejected")], "rejected"),
    ("acknowledged", [replace(line(10).receive(2).close(), reply="rejected")], "closed_short"),
    ("acknowledged", [replace(line(10).close(), reply="rejected"), line(3)], "acknowledged"),
    ("sent", [line(10).receive(10), line(4).shrink(0)], "received"),
    ("cancelled", [line(10)], "cancelled"),
    ("held", [line(10)], "held"),
    ("sent", [], "sent"),
]


@pytest.mark.parametrize(("stage", "lines", "status"), STATUS_CASES)
def test_the_status_follows_from_stage_and_quantities(
    stage: Stage, lines: list[PurchaseOrderLine], status: str
) -> None:
    assert status_of(order(stage), lines) == status


def test_an_order_that_is_still_being_written_is_not_finished() -> None:
    assert status_of(order("awaiting_approval", collecting=True), []) == "awaiting_approval"


def test_the_value_is_exact() -> None:
    assert total([line(3, unit_cost="0.10"), line(1, unit_cost="0.2")]) == "0.50"


@given(units=st.integers(0, 10))
def test_a_shrunk_line_needs_less(units: int) -> None:
    shrunk = line(10, need=8, rounding=2, excess=2).shrink(units)
    assert shrunk.ordered == shrunk.open == units
    assert shrunk.excess <= units


def test_a_mail_that_has_begun_means_the_supplier_may_know() -> None:
    due = order("approved").with_mail("purchase_order", 0)
    assert due.unsent
    assert due.mail is not None
    assert not replace(due, mail=replace(due.mail, state="sending")).unsent
    assert not order("sent").unsent
    assert due.with_mail("purchase_order_changed", 1).mail.revision == 2  # type: ignore[union-attr]
