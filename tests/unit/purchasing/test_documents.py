"""What goes with a purchase order's mail: a table nobody's spreadsheet runs, and UBL that machines read."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.tables import Columns, read_csv
from shared.purchasing.answers import LineAnswer
from shared.purchasing.documents import COLUMNS, _cell
from shared.settings.model import MerchantSettings
from tests.unit.purchasing.desk import Desk

CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def sent(desk: Desk) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = list(desk.service.engine.ses.mailbox)
    return mails


def rows(attachment: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(attachment["data"].decode("utf-8-sig"), newline="")))


@pytest.fixture
def order_id(desk: Desk) -> str:
    """A sent order of 10 A and 6 B."""
    desk.item("A", supplier_sku="=N-1", description='Lantern, "copper"\n<b>&', unit_cost="3.5")
    desk.item("B")
    desk.order(("A", 10), ("B", 6))
    return desk.sent()[0].id


def test_the_mail_of_an_order_brings_a_link_a_table_and_a_document(desk: Desk, order_id: str) -> None:
    (mail,) = sent(desk)
    assert [(one["file_name"], one["content_type"]) for one in mail["attachments"]] == [
        (f"{order_id}.csv", "text/csv"),
        (f"{order_id}.xml", "application/xml"),
    ]
    address = f"https://orders.example.com/p/{order_id}"
    assert address in mail["text"]
    assert f'href="{address}"' in mail["html"]


def test_the_table_says_what_is_ordered_and_leaves_room_for_the_answer(desk: Desk, order_id: str) -> None:
    one, other = rows(sent(desk)[0]["attachments"][0])
    assert tuple(one) == COLUMNS
    assert (one["sku"], one["line"], one["ordered"], one["unit_cost"], one["currency"]) == (
        "A",
        "1",
        "10",
        "3.5",
        "EUR",
    )
    assert (one["received"], one["open"]) == ("0", "10")
    assert (one["supplier_sku"], one["description"]) == ("'=N-1", 'Lantern, "copper"\n<b>&')
    assert (other["sku"], other["line"], other["expected"], other["status"]) == ("B", "2", "2026-01-15", "")


def test_the_document_is_a_ubl_order(desk: Desk, order_id: str) -> None:
    root = ET.fromstring(sent(desk)[0]["attachments"][1]["data"])  # noqa: S314 - our own
    assert root.tag == "{urn:oasis:names:specification:ubl:schema:xsd:Order-2}Order"
    assert root.findtext(f"{CBC}ID") == order_id
    assert [child.tag.rpartition("}")[2] for child in root] == [
        *("UBLVersionID", "ID", "IssueDate", "IssueTime", "DocumentCurrencyCode"),
        *("BuyerCustomerParty", "SellerSupplierParty", "AnticipatedMonetaryTotal", "OrderLine", "OrderLine"),
    ]
    assert root.findtext(f"{CAC}AnticipatedMonetaryTotal/{CBC}PayableAmount") == "41.0"
    line = root.find(f"{CAC}OrderLine/{CAC}LineItem")
    assert line is not None
    assert [child.tag.rpartition("}")[2] for child in line] == [
        *("ID", "Quantity", "LineExtensionAmount", "Delivery", "Price", "Item")
    ]
    quantity = line.find(f"{CBC}Quantity")
    assert quantity is not None
    assert (quantity.text, quantity.get("unitCode")) == ("10", "C62")
    item = line.find(f"{CAC}Item")
    assert item is not None
    assert item.findtext(f"{CAC}BuyersItemIdentification/{CBC}ID") == "A"
    assert item.findtext(f"{CAC}SellersItemIdentification/{CBC}ID") == "=N-1"
    assert line.findtext(f"{CAC}Delivery/{CAC}RequestedDeliveryPeriod/{CBC}EndDate") == "2026-01-15"


def test_a_changed_order_brings_what_is_open_and_one_that_is_closed_asks_for_no_answer(
    desk: Desk, order_id: str
) -> None:
    desk.answer(order_id, LineAnswer("A", "changed", quantity=4), LineAnswer("B", "rejected"))
    desk.close_short(order_id)
    desk.send(order_id)
    changed = sent(desk)[-1]
    assert changed["tags"]["kind"] == "purchase_order_changed"
    assert changed["subject"].startswith(f"Closed: purchase order {order_id}")
    assert f"/p/{order_id}" not in changed["text"] + changed["html"]
    listed = [(one["sku"], one["ordered"], one["open"]) for one in rows(changed["attachments"][0])]
    assert listed == [("A", "10", "0"), ("B", "6", "0")]


def test_a_reminder_brings_the_link_and_what_is_late(desk: Desk, order_id: str) -> None:
    desk.answer(order_id, LineAnswer("B", "rejected"))
    desk.wait(days=40)
    desk.chase()
    desk.wait(days=10)
    desk.chase()
    desk.send(order_id)
    reminder = sent(desk)[-1]
    assert reminder["tags"]["kind"] == "supplier_reminder"
    assert f"/p/{order_id}" in reminder["text"]
    assert [(one["sku"], one["ordered"]) for one in rows(reminder["attachments"][0])] == [("A", "10")]


def test_a_reminder_names_the_day_that_was_confirmed_wherever_the_merchant_is(desk: Desk, order_id: str) -> None:
    desk.settings = MerchantSettings(time_zone="Pacific/Kiritimati")
    desk.answer(order_id, LineAnswer("A", "accepted", date=datetime(2026, 1, 20, 12, tzinfo=UTC)))
    for days in (40, 10):
        desk.wait(days=days)
        desk.chase()
    desk.send(order_id)
    reminder = sent(desk)[-1]
    assert rows(reminder["attachments"][0])[0]["expected"] == "2026-01-20"
    assert "20 January 2026" in reminder["text"]


@given(st.text(max_size=40))
def test_no_cell_begins_like_a_formula_and_every_cell_can_be_read_back(text: str) -> None:
    cell = _cell(text)
    assert not re.match("[=+\\-@\t\r\0＝＋－＠]", cell)
    if text.isprintable() and text and not text.startswith("'"):
        line = io.StringIO(newline="")
        csv.writer(line).writerows([["sku"], [cell]])
        (row,) = read_csv(line.getvalue(), Columns(names=("sku",))).rows
        assert row[1]["sku"] == text
