"""What suppliers send back as files: the table of the mail, UBL answers, announced deliveries, and hostile XML."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.ubl import read_ubl
from shared.contracts.xml_documents import parse_xml
from shared.inventory.model import Inbound
from shared.kernel.clock import micros
from shared.kernel.errors import Invalid, Unavailable
from shared.purchasing.answers import LineAnswer
from shared.purchasing.lines import put_off
from tests.functions.documented import assert_documented
from tests.functions.service import Reply
from tests.unit.purchasing.desk import Desk
from tests.unit.purchasing.ubl_documents import answered, arrives, despatched, document, of_order, whole

REAL = Path(__file__).parents[4] / "shared" / "data" / "supplier_docs" / "ubl"
XML, CSV = "application/xml", "text/csv"


def noon(day: int, month: int = 1) -> int:
    return micros(datetime(2026, month, day, 12, tzinfo=UTC))


def take(desk: Desk, text: str | bytes, media: str = XML, *, query: str = "") -> Reply:
    target = f"/v1/supplier-documents{query}"
    reply = desk.service.call("POST", target, text, headers={"content-type": media})
    assert_documented(reply, "POST", "/v1/supplier-documents")
    return reply


def rows_wrong(reply: Reply) -> list[tuple[int | None, str]]:
    assert reply.status == 422, reply.text
    return [(error.get("row"), error["pointer"]) for error in reply.json["errors"]]


@pytest.fixture
def order_id(desk: Desk) -> str:
    """A sent order of 10 A, 6 B and 4 C."""
    desk.item("A", supplier_sku="N-1")
    desk.item("B", supplier_sku="N-2")
    desk.item("C")
    desk.order(("A", 10), ("B", 6), ("C", 4))
    return desk.sent()[0].id


# the table


def table(desk: Desk, fill: dict[str, dict[str, str]], delimiter: str = ",") -> str:
    """The table of the order's mail with these cells filled in by SKU, as a spreadsheet saves it."""
    mail = desk.service.engine.ses.mailbox[-1]
    rows = list(csv.DictReader(io.StringIO(mail["attachments"][0]["data"].decode("utf-8-sig"), newline="")))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(row | fill.get(row["sku"], {}) for row in rows)
    return "\ufeff" + out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_table_of_the_mail_comes_back_as_the_answer(desk: Desk, order_id: str, delimiter: str) -> None:
    fill = {"A": {"status": "changed", "quantity": "8", "date": "2026-02-02"}, "B": {"status": "rejected"}}
    reply = take(desk, table(desk, fill, delimiter), CSV)
    assert reply.json["orders"] == [{"purchase_order_id": order_id, "lines": 2, "status": "acknowledged"}]
    lines = desk.read(order_id)[1]
    assert [(line.reply, line.open, line.closed_short) for line in lines] == [
        ("changed", 8, 2),
        ("rejected", 0, 6),
        (None, 4, 0),
    ]
    assert lines[0].due == noon(2, 2)
    assert desk.read(order_id)[0].log[-1][2] == "operations:shop (csv)"


def test_the_same_table_again_changes_nothing(desk: Desk, order_id: str) -> None:
    text = table(desk, {"A": {"status": "backordered", "quantity": "3"}})
    take(desk, text, CSV)
    before = [item for item in desk.service.items() if item["kind"]["S"] != "request"]
    desk.wait(days=1)
    assert take(desk, text, CSV).status == 200
    assert [item for item in desk.service.items() if item["kind"]["S"] != "request"] == before


@pytest.fixture
def reminded(desk: Desk, order_id: str) -> str:
    """4 of 10 A have come, and the rest is late: the last mail is a reminder."""
    desk.receive("r1", ("A", 4), against=order_id)
    desk.wait(days=12, hours=1)
    desk.chase()
    desk.send(order_id)
    return order_id


def test_the_quantity_in_the_table_of_a_reminder_is_of_what_it_says_is_open(desk: Desk, reminded: str) -> None:
    text = table(desk, {"A": {"status": "changed", "quantity": "5", "date": "2026-02-02"}})
    assert ",10,4,6," in text, "ordered, received, open"
    take(desk, text, CSV)
    line = desk.line(reminded, "A")
    assert (line.open, line.received, line.closed_short) == (5, 4, 1)


def test_the_table_of_a_reminder_means_the_same_when_more_has_come_since(desk: Desk, reminded: str) -> None:
    text = table(desk, {"A": {"status": "changed", "quantity": "5"}, "B": {"status": "accepted", "quantity": "6"}})
    desk.receive("r2", ("A", 2), against=reminded)
    take(desk, text, CSV)
    line = desk.line(reminded, "A")
    assert (line.open, line.received, line.closed_short) == (3, 6, 1)
    assert take(desk, text, CSV).status == 200


def test_nobody_delivers_more_than_the_table_says_is_open(desk: Desk, reminded: str) -> None:
    reply = take(desk, table(desk, {"A": {"status": "changed", "quantity": "7"}}), CSV)
    assert rows_wrong(reply) == [(1, "/quantity")]
    assert reply.json["errors"][0]["detail"] == "is more than what is open of the 10 ordered: 4 had been received"


@pytest.mark.parametrize("left_out", ["received", "received,open"])
def test_a_table_without_what_had_been_received_is_not_guessed_at(desk: Desk, reminded: str, left_out: str) -> None:
    rows = list(csv.DictReader(io.StringIO(table(desk, {"A": {"status": "changed", "quantity": "5"}})[1:], newline="")))
    kept = [name for name in rows[0] if name not in left_out.split(",")]
    text = "\n".join([",".join(kept), *(",".join(row[name] for name in kept) for row in rows)])
    assert rows_wrong(take(desk, text, CSV)) == [(1, "/received")]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("6,changed,5,2026-02-02", [(1, "/ordered")]),
        ("5,accepted,,", [(1, "/ordered")]),
        ("6,accepted,,", []),
        ("6,backordered,2,2026-02-02", []),
        ("10,changed,9,2026-02-02", []),
    ],
)
def test_a_table_that_was_mailed_by_an_earlier_release_is_read_only_where_it_has_one_meaning(
    desk: Desk, reminded: str, answer: str, wrong: list[tuple[int, str]]
) -> None:
    """Their `ordered` was what was open when they were written."""
    before = desk.line(reminded, "A")
    reply = take(desk, f"purchase_order_id,line,sku,ordered,status,quantity,date\n{reminded},1,A,{answer}\n", CSV)
    assert (rows_wrong(reply) if wrong else []) == wrong
    assert (desk.line(reminded, "A") == before) == bool(wrong)


def test_a_table_that_crosses_another_answer_to_its_line_is_refused_and_may_speak_of_the_others(
    desk: Desk, order_id: str
) -> None:
    both = {"A": {"status": "accepted", "date": "2026-01-15"}, "B": {"status": "accepted"}}
    crossed, rest = table(desk, both), table(desk, {"B": both["B"]})
    desk.answer(order_id, LineAnswer("A", "changed", 6, datetime(2026, 2, 15, 12, tzinfo=UTC)))
    before = desk.service.items()
    reply = take(desk, crossed, CSV)
    assert rows_wrong(reply) == [(1, "/seen")]
    assert "changed or answered after this table" in reply.json["errors"][0]["detail"]
    assert desk.service.items() == before
    take(desk, rest, CSV)
    assert (desk.line(order_id, "A").open, desk.line(order_id, "B").reply) == (6, "accepted")


def test_a_table_is_checked_once_more_when_it_is_taken(desk: Desk, order_id: str) -> None:
    text = table(desk, {"A": {"status": "accepted"}})
    desk.once("TransactWriteItems", lambda: desk.answer(order_id, LineAnswer("A", "rejected")))
    assert take(desk, text, CSV).status == 409
    assert desk.line(order_id, "A").reply == "rejected"


def test_every_wrong_row_is_reported_and_none_is_applied(desk: Desk, order_id: str) -> None:
    before = desk.service.items()
    lines = [
        "purchase_order_id,sku,supplier_sku,line,status,quantity,date",
        f"{order_id},A,,,accepted,,",
        f"{order_id},B,,,changed,7,",
        f"{order_id},X,,,accepted,,",
        f"{order_id},C,,,perhaps,,",
        f"{order_id},C,,,changed,2.5,20/01/2026",
        f"{order_id},C,,,,2,",
        ",C,,,accepted,,",
        "po_nothing,C,,,accepted,,",
        f"{order_id},,,,accepted,,",
        f"{order_id},,N-1,,accepted,,2026-01-20",
        f"{order_id},,,3,accepted,,2025-01-20",
        f"{order_id},A",
    ]
    assert rows_wrong(take(desk, "\n".join(lines), CSV)) == [
        (2, "/quantity"),
        (3, "/sku"),
        (4, "/status"),
        (5, "/date"),
        (5, "/quantity"),
        (6, "/status"),
        (7, "/purchase_order_id"),
        (8, "/purchase_order_id"),
        (9, "/sku"),
        (10, "/sku"),
        (11, "/date"),
        (12, ""),
    ]
    assert desk.service.items() == before


def test_a_dry_run_says_what_would_happen_and_writes_nothing(desk: Desk, order_id: str) -> None:
    text = table(desk, {"A": {"status": "accepted"}})
    reply = take(desk, text, CSV, query="?dry_run=true")
    assert (reply.json["dry_run"], reply.json["orders"][0]["status"]) == (True, "sent")
    assert desk.line(order_id, "A").reply is None


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_days_beyond_all_planning_are_wrong_row_by_row_and_nothing_is_done(
    desk: Desk, order_id: str, query: str
) -> None:
    days = {"A": "2026-02-02", "B": "9999-12-31", "C": "1969-12-31"}
    rows = [f"{order_id},{sku},accepted,,{day}" for sku, day in days.items()]
    reply = take(desk, "\n".join(["purchase_order_id,sku,status,quantity,date", *rows]), CSV, query=query)
    assert [pointer for _, pointer in rows_wrong(reply)] == ["/date", "/date"]
    assert {error["detail"] for error in reply.json["errors"]} == {"must lie between the years 1970 and 2199"}
    assert desk.line(order_id, "A").reply is None


def test_no_announced_delivery_arrives_beyond_all_planning(desk: Desk, order_id: str) -> None:
    text = document("DespatchAdvice", of_order(order_id), arrives("9999-12-31"), despatched("A", "10"))
    (error,) = take(desk, text).json["errors"]
    assert "between the years 1970 and 2199" in error["detail"]
    assert desk.line(order_id, "A").despatches == ()


def test_a_table_without_an_answer_is_refused(desk: Desk, order_id: str) -> None:
    assert take(desk, table(desk, {}), CSV).status == 422


def test_a_table_may_answer_several_orders(desk: Desk, order_id: str) -> None:
    desk.supplier("s2")
    desk.item("Z", supplier_id="s2")
    desk.order(("Z", 2))
    other = desk.sent()[0].id
    text = f"purchase_order_id,sku,status\n{order_id},A,accepted\n{other},Z,rejected\n"
    assert [one["status"] for one in take(desk, text, CSV).json["orders"]] == ["acknowledged", "rejected"]
    assert (desk.line(order_id, "A").reply, desk.line(other, "Z").reply) == ("accepted", "rejected")


# answers in UBL


def test_an_order_response_is_an_acknowledgement(desk: Desk, order_id: str) -> None:
    text = document(
        "OrderResponse",
        of_order(order_id),
        answered("A", "3", "8.000", date="2026-02-02"),
        answered("B", "5", date="2026-01-20"),
        answered("C", "7"),
    )
    reply = take(desk, text)
    assert (reply.json["kind"], reply.json["document_id"]) == ("order_response", "R-7")
    lines = desk.read(order_id)[1]
    assert [(line.reply, line.open) for line in lines] == [("changed", 8), ("accepted", 6), ("rejected", 0)]
    assert [line.due for line in lines[:2]] == [noon(2, 2), noon(20)]


def test_a_backorder_quantity_of_an_answer_comes_later(desk: Desk, order_id: str) -> None:
    text = document("OrderResponse", of_order(order_id), answered("A", "3", "6", later="4", date="2026-01-20"))
    take(desk, text)
    inbound = desk.stock("A").inbound
    assert (inbound[order_id].open, inbound[order_id].likely) == (6, noon(20))
    assert (inbound[put_off(order_id)].open, inbound[put_off(order_id)].firm) == (4, False)
    before = desk.line(order_id, "A")
    desk.wait(days=2)
    assert take(desk, text).status == 200
    assert desk.line(order_id, "A") == before


def test_lines_are_found_by_the_suppliers_number_or_by_their_own(desk: Desk, order_id: str) -> None:
    text = document(
        "OrderResponse",
        of_order(order_id),
        answered("N-2", "7", who="Sellers"),
        answered(None, "5", number="3"),
    )
    take(desk, text)
    assert [line.reply for line in desk.read(order_id)[1]] == [None, "rejected", "accepted"]


def dated(order_id: str, units: str, issued: str, at: str = "") -> str:
    return document("OrderResponse", of_order(order_id), answered("A", "3", units), issued=issued, at=at)


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        (("2026-01-07",), ("2026-01-06",)),
        (("2026-01-06", "12:00:00"), ("2026-01-06", "09:30:00")),
        (("2026-01-06", "10:00:00Z"), ("2026-01-06", "10:30:00+01:00")),
        (("2026-01-07", "12:00:00"), ("2026-01-06",)),
    ],
)
def test_an_order_response_that_was_issued_before_one_that_was_taken_is_refused(
    desk: Desk, order_id: str, newer: tuple[str, ...], older: tuple[str, ...]
) -> None:
    assert take(desk, dated(order_id, "8", *newer)).status == 200
    reply = take(desk, dated(order_id, "3", *older))
    assert rows_wrong(reply) == [(1, "/IssueDate")]
    assert "before the answer of" in reply.json["errors"][0]["detail"]
    assert desk.line(order_id, "A").open == 8
    assert take(desk, dated(order_id, "8", *older)).status == 200  # it says what stands
    assert take(desk, dated(order_id, "5", "2026-01-08")).status == 200
    assert desk.line(order_id, "A").open == 5


def test_of_two_answers_of_one_day_without_a_time_the_one_that_comes_last_counts(desk: Desk, order_id: str) -> None:
    for units, at in (("8", "12:00:00"), ("7", ""), ("6", "")):
        assert take(desk, dated(order_id, units, "2026-01-06", at)).status == 200
        assert desk.line(order_id, "A").open == int(units)


def test_an_older_answer_that_overtakes_a_newer_one_while_it_is_taken_changes_nothing(
    desk: Desk, order_id: str
) -> None:
    desk.once("TransactWriteItems", lambda: take(desk, dated(order_id, "8", "2026-01-07")))
    reply = take(desk, dated(order_id, "3", "2026-01-06"))
    assert reply.status == 409, reply.text
    assert desk.line(order_id, "A").open == 8


def test_a_date_of_issue_that_is_none_is_named(desk: Desk, order_id: str) -> None:
    assert rows_wrong(take(desk, dated(order_id, "8", "6 January"))) == [(1, "/IssueDate")]


@pytest.mark.parametrize(
    ("code", "reply"), [("AP", "accepted"), ("29", "accepted"), ("RE", "rejected"), ("27", "rejected"), ("AB", None)]
)
def test_an_answer_to_the_whole_order_needs_no_lines(desk: Desk, order_id: str, code: str, reply: str | None) -> None:
    assert take(desk, document("OrderResponse", whole(code), of_order(order_id))).status == 200
    assert [line.reply for line in desk.read(order_id)[1]] == [reply] * 3


def test_an_accepted_order_is_accepted_with_the_lines_that_the_answer_leaves_out(desk: Desk, order_id: str) -> None:
    lines = [answered("A", "5", "10", date="2026-02-02"), answered("B", "42")]
    assert take(desk, document("OrderResponse", whole("AP"), of_order(order_id), *lines)).status == 200
    assert [line.reply for line in desk.read(order_id)[1]] == ["accepted"] * 3
    assert desk.line(order_id, "A").due == noon(2, 2)


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("AP", answered("A", "7")),
        ("AP", answered("A", "3", "8")),
        ("AP", answered("A", "5", "6", later="4")),
        ("RE", answered("A", "5")),
    ],
)
def test_a_line_that_contradicts_the_answer_to_the_whole_order_is_named_and_nothing_is_taken(
    desk: Desk, order_id: str, code: str, line: str
) -> None:
    reply = take(desk, document("OrderResponse", whole(code), of_order(order_id), line, answered("B", "7")))
    assert (1, "/OrderResponseCode") in rows_wrong(reply)
    assert [line.reply for line in desk.read(order_id)[1]] == [None] * 3


@pytest.mark.parametrize(("code", "pointer"), [("CA", "/OrderLine"), ("XX", "/OrderResponseCode")])
def test_changes_need_lines_and_an_unknown_code_is_no_answer(
    desk: Desk, order_id: str, code: str, pointer: str
) -> None:
    reply = take(desk, document("OrderResponse", whole(code), of_order(order_id)))
    assert [place for _, place in rows_wrong(reply)] == [pointer]


def test_of_several_orders_it_is_told_which_were_taken_and_which_not(desk: Desk, order_id: str) -> None:
    desk.item("D")
    desk.order(("D", 2))
    second = desk.sent()[0].id
    table = f"purchase_order_id,sku,status\n{order_id},A,accepted\n{second},D,accepted\n"
    desk.once("TransactWriteItems", lambda: desk.cancel(order_id))
    reply = take(desk, table, CSV)
    assert reply.status == 409, reply.text
    assert f"taken: {second}; not taken: {order_id} (" in reply.json["detail"]
    assert desk.line(second, "D").reply == "accepted"
    assert desk.line(order_id, "A").reply is None


def test_lines_to_which_nothing_is_said_stay_as_they_are(desk: Desk, order_id: str) -> None:
    text = document("OrderResponse", of_order(order_id), answered("A", "NoStatus"), answered("B", "5"))
    take(desk, text)
    assert [line.reply for line in desk.read(order_id)[1]] == [None, "accepted", None]


@pytest.mark.parametrize(("said", "reply"), [("true", "accepted"), ("false", "rejected")])
def test_a_simple_order_response_speaks_of_every_line(desk: Desk, order_id: str, said: str, reply: str) -> None:
    text = document("OrderResponseSimple", f"<cbc:AcceptedIndicator>{said}</cbc:AcceptedIndicator>", of_order(order_id))
    take(desk, text)
    assert {line.reply for line in desk.read(order_id)[1]} == {reply}


def test_a_simple_order_response_does_not_bring_back_what_we_took_off(desk: Desk, order_id: str) -> None:
    desk.supplier(amend_days=3, version=2)
    desk.give_up("A", 10)
    desk.run_schedule()
    text = document("OrderResponseSimple", "<cbc:AcceptedIndicator>true</cbc:AcceptedIndicator>", of_order(order_id))
    take(desk, text)
    assert [(line.open, line.reply) for line in desk.read(order_id)[1]] == [
        (0, None),
        (6, "accepted"),
        (4, "accepted"),
    ]
    reply = take(desk, document("OrderResponse", of_order(order_id), answered("A", "5")))
    assert rows_wrong(reply) == [(1, "")]
    desk.give_up("A", -10)


def test_every_wrong_line_of_a_document_is_reported_and_none_is_applied(desk: Desk, order_id: str) -> None:
    before = desk.service.items()
    text = document(
        "OrderResponse",
        of_order(order_id),
        answered("A", "5"),
        answered("B", "3", "7"),
        answered("C", "Disputed"),
        answered("C", "3", "1.5"),
        answered("C", "3", "-1"),
        answered("C", "3", "1e3"),
        answered("C", "3", "2", unit="KGM"),
        answered("C", "5", date="2026-02-30"),
        answered("X", "5"),
        "<cac:OrderLine/>",
        answered("C", "3"),
    )
    assert rows_wrong(take(desk, text)) == [
        (2, "/quantity"),
        (3, "/LineItem/LineStatusCode"),
        (4, "/Quantity"),
        (5, "/Quantity"),
        (6, "/Quantity"),
        (7, "/Quantity/@unitCode"),
        (8, "/Delivery/PromisedDeliveryPeriod"),
        (9, "/sku"),
        (10, "/LineItem"),
        (11, ""),
    ]
    assert desk.service.items() == before


def test_a_document_about_an_order_that_is_closed_or_unknown_is_refused(desk: Desk, order_id: str) -> None:
    desk.cancel(order_id)
    for name in (order_id, "po_nothing"):
        reply = take(desk, document("OrderResponse", of_order(name), answered("A", "5")))
        assert rows_wrong(reply) == [(1, "/purchase_order_id")]
    reply = take(desk, document("OrderResponse", answered("A", "5")))
    assert rows_wrong(reply) == [(1, "/OrderReference/ID")]


# announced deliveries


def test_a_despatch_advice_announces_what_is_on_its_way(desk: Desk, order_id: str) -> None:
    text = document(
        "DespatchAdvice", of_order(order_id), arrives("2026-01-09"), despatched("A", "10"), despatched("B", "6")
    )
    reply = take(desk, text)
    assert reply.json["orders"] == [{"purchase_order_id": order_id, "lines": 2, "status": "acknowledged"}]
    likely = noon(9)
    assert desk.stock("A").inbound == {order_id: Inbound(10, likely, likely + 86_400_000_000, firm=True)}
    assert desk.line(order_id, "C").reply is None
    assert desk.stock("A").on_order == 10


@pytest.mark.parametrize("how", ["later", "outstanding"])
def test_what_is_not_on_its_way_comes_later(desk: Desk, order_id: str, how: str) -> None:
    text = document("DespatchAdvice", of_order(order_id), arrives("2026-01-09"), despatched("A", "7", **{how: "3"}))
    take(desk, text)
    inbound = desk.stock("A").inbound
    assert (inbound[order_id].open, inbound[order_id].likely) == (7, noon(9))
    later = inbound[put_off(order_id)]
    assert (later.open, later.firm) == (3, False)
    assert later.likely > noon(9)


def test_a_second_announcement_speaks_of_the_rest(desk: Desk, order_id: str) -> None:
    def send(number: str, units: str, date: str) -> Reply:
        parts = (of_order(order_id), arrives(date), despatched("A", units))
        return take(desk, document("DespatchAdvice", *parts, number=number))

    send("D-1", "4", "2026-01-09")
    send("D-2", "6", "2026-01-12")
    inbound = desk.stock("A").inbound
    assert [(one.open, one.likely, one.firm) for one in inbound.values()] == [(4, noon(9), True), (6, noon(12), True)]
    before = desk.line(order_id, "A")
    for number, units in (("D-1", "4"), ("D-2", "6")):
        send(number, units, "2026-01-09")
    assert desk.line(order_id, "A") == before
    desk.receive("r1", ("A", 10), against=order_id)
    assert desk.stock("A").inbound == {}


def test_parcels_of_one_line_are_added_up(desk: Desk, order_id: str) -> None:
    text = document("DespatchAdvice", of_order(order_id), despatched("A", "4"), despatched("A", "6"))
    take(desk, text)
    assert desk.stock("A").inbound[order_id].open == 10
    more = document("DespatchAdvice", of_order(order_id), despatched("B", "4"), despatched("B", "6"), number="D-2")
    assert rows_wrong(take(desk, more)) == [(1, "/quantity")]


def test_goods_that_came_before_their_announcement_are_not_expected_again(desk: Desk, order_id: str) -> None:
    desk.receive("r1", ("A", 10), against=order_id)
    take(desk, document("DespatchAdvice", of_order(order_id), arrives("2026-01-09"), despatched("A", "10")))
    assert (desk.stock("A").on_order, desk.stock("A").inbound) == (0, {})


def test_announced_goods_of_a_line_that_he_had_refused_come_after_all(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("A", "rejected"), LineAnswer("B", "rejected"))
    desk.receive("r1", ("B", 6), against=order_id)
    text = document(
        "DespatchAdvice", of_order(order_id), arrives("2026-01-20"), despatched("A", "7"), despatched("B", "6")
    )
    for _ in range(2):
        take(desk, text)
        line = desk.line(order_id, "A")
        assert (line.open, line.closed_short, line.reply, line.dates.likely) == (7, 3, "changed", noon(20))
        assert desk.stock("A").on_order == 7
        assert desk.stock("B").on_order == 0, "these were here before they were announced"
    desk.answer(order_id, LineAnswer("A", "rejected"))
    assert desk.stock("A").on_order == 0


def test_goods_announced_of_a_refused_line_do_not_open_an_order_that_is_cancelled_meanwhile(
    desk: Desk, order_id: str
) -> None:
    desk.answer(order_id, LineAnswer("A", "rejected"))
    desk.once("TransactWriteItems", lambda: desk.cancel(order_id))
    text = document("DespatchAdvice", of_order(order_id), arrives("2026-01-20"), despatched("A", "10"))
    assert take(desk, text).status == 409
    assert desk.stock("A").on_order == 0


def test_a_wrong_line_of_an_announcement_stops_all_of_it(desk: Desk, order_id: str) -> None:
    before = desk.service.items()
    text = document(
        "DespatchAdvice",
        of_order(order_id),
        despatched("A", "11"),
        despatched("X", "1"),
        "<cac:DespatchLine><cbc:ID>3</cbc:ID></cac:DespatchLine>",
        despatched("B", "1"),
    )
    assert rows_wrong(take(desk, text)) == [(1, "/quantity"), (2, "/sku"), (3, "/DeliveredQuantity")]
    late = document("DespatchAdvice", of_order(order_id), arrives("2025-12-24"), despatched("A", "1"))
    assert rows_wrong(take(desk, late)) == [(1, "/date")]
    assert desk.service.items() == before


def test_an_announcement_that_was_cut_off_is_finished_by_its_repeat(desk: Desk) -> None:
    skus = desk.items(60)
    desk.order(*[(sku, 2) for sku in skus])
    order_id = desk.sent()[0].id
    parts = [despatched(sku, "2") for sku in skus]
    text = document("DespatchAdvice", of_order(order_id), arrives("2026-01-09"), *parts)
    desk.once("TransactWriteItems", _cut_off, skip=1)
    assert take(desk, text).status == 503
    announced = [bool(line.despatches) for line in desk.read(order_id)[1]]
    assert 0 < announced.count(True) < 60
    assert take(desk, text).status == 200
    assert {line.dates.likely for line in desk.read(order_id)[1]} == {noon(9)}


def _cut_off() -> None:
    raise Unavailable("cut off")


# hostile and foreign XML

LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
OUTSIDE = '<!DOCTYPE r SYSTEM "http://example.com/evil.dtd">'


@pytest.mark.parametrize("doctype", [LAUGHS, FILE, OUTSIDE, "<!DOCTYPE html>"])
def test_a_document_that_could_hold_entities_is_not_read(desk: Desk, order_id: str, doctype: str) -> None:
    text = document("OrderResponse", of_order(order_id), answered("A", "5"))
    reply = take(desk, text.replace("\n", f"\n{doctype}", 1))
    assert reply.status == 400
    assert "DOCTYPE" in reply.json["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<a>",
        "<a></b>",
        "<a>&undefined;</a>",
        "<a/><b/>",
        "<" + "a><" * 5_000,
        "<a>" * 100 + "</a>" * 100,
        "<a b='1' b='2'/>",
        "<a>\x00</a>",
        b'<?xml version="1.0" encoding="UTF-16"?><a/>'.decode(),
        "<x:a/>",
    ],
)
def test_what_is_no_xml_is_refused(desk: Desk, text: str) -> None:
    assert take(desk, text).status in {400, 422}


def test_another_encoding_than_utf_8_is_refused(desk: Desk) -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><a>å</a>'
    assert take(desk, text.encode("latin-1")).status == 400


def test_ten_megabytes_are_refused_before_they_are_read(desk: Desk) -> None:
    text = document("OrderResponse", "<!--" + "x" * 10_000_000 + "-->")
    assert take(desk, text).status == 413


@pytest.mark.parametrize(
    "text",
    [
        "<OrderResponse/>",
        document("Order", of_order("po_1")),
        document("Invoice"),
        document("OrderResponse", of_order("po_1"), answered("A", "5")).replace("OrderResponse-2", "OrderResponse-3"),
        document("OrderResponse", of_order("po_1"), answered("A", "5")).replace("BasicComponents-2", "Basic-9"),
        document("OrderResponse", of_order("po_1")),
        document("OrderResponse", of_order("po_1"), *[answered("A", "5")] * 2_001),
        document("OrderResponse", of_order("po_1"), answered("A", "5"), number="x" * 65),
        document("OrderResponseSimple", of_order("po_1")),
    ],
    ids=[
        "no namespace",
        "order",
        "invoice",
        "version 3",
        "other names",
        "no line",
        "2001 lines",
        "number",
        "no verdict",
    ],
)
def test_another_document_is_refused_and_says_why(desk: Desk, text: str) -> None:
    reply = take(desk, text)
    assert reply.status == 422
    assert reply.json["errors"]


def test_only_operations_may_hand_in_a_document(desk: Desk) -> None:
    headers = {"content-type": XML}
    reply = desk.service.call("POST", "/v1/supplier-documents", "<a/>", scopes="backorders/storefront", headers=headers)
    assert reply.status == 403


# documents of the standard's own


@pytest.fixture
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the UBL examples are not there: ../shared/data/supplier_docs/ubl")
    return REAL


def read(path: Path) -> Any:
    return read_ubl(path.read_text(encoding="utf-8"))


def test_the_standards_answers_are_read(real: Path) -> None:
    found, errors = read(real / "UBL-OrderResponse-2.1-Example.xml")
    assert (found.kind, found.id, found.rows) == ("order_response", "7", ())  # one line without status, one disputed
    assert [(error.row, error.pointer) for error in errors] == [(2, "/LineItem/LineStatusCode")]
    found, errors = read(real / "UBL-OrderResponseSimple-2.1-Example.xml")
    assert [(row.purchase_order_id, row.every, row.reply) for row in found.rows] == [("34", True, "accepted")]
    assert errors == []


def test_the_standards_despatch_advice_is_read_but_for_its_kilograms(real: Path) -> None:
    found, errors = read(real / "UBL-DespatchAdvice-2.0-Example.xml")
    assert found.kind == "despatch_advice"
    assert {(error.row, error.pointer) for error in errors} == {
        (1, "/DeliveredQuantity/@unitCode"),
        (1, "/BackorderQuantity/@unitCode"),
    }
    text = (real / "UBL-DespatchAdvice-2.0-Example.xml").read_text(encoding="utf-8").replace("KGM", "C62")
    found, errors = read_ubl(text)
    (row,) = found.rows
    assert (row.purchase_order_id, row.sku, row.quantity, row.later) == ("AEG012345", "6578489", 90, 10)


def test_the_standards_other_documents_are_refused(real: Path) -> None:
    others = [
        path for path in sorted(real.glob("*.xml")) if "Response" not in path.name and "Despatch" not in path.name
    ]
    assert others
    for path in others:
        with pytest.raises(Invalid, match="is no OrderResponse"):
            read(path)


def test_our_order_has_the_shape_of_the_standards_example(real: Path, desk: Desk, order_id: str) -> None:
    """Everything we write stands in the example, in the same order."""
    ours = parse_xml(desk.service.engine.ses.mailbox[0]["attachments"][1]["data"].decode())
    theirs = parse_xml((real / "UBL-Order-2.1-Example.xml").read_text(encoding="utf-8"))
    assert ours.tag == theirs.tag
    wanted = list(dict.fromkeys(child.tag for child in theirs))
    places = [wanted.index(child.tag) for child in ours]
    assert places == sorted(places)
    line = "{*}OrderLine/{*}LineItem"
    wanted = list(dict.fromkeys(child.tag for child in theirs.find(line) or ()))
    places = [wanted.index(child.tag) for child in ours.find(line) or ()]
    assert places
    assert places == sorted(places)
