"""Order books read from Online Retail files, dirt included."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.demo.book import Cancellation, CancelledUnits, Order, OrderBook
from infra.local.demo.retail_file import read_retail_file
from infra.local.demo.retail_rows import NotARetailFileError
from infra.local.demo.retail_rules import REMARK_RULES, SKIP_RULES

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
GOOD = "500001,10001,TIN LANTERN,6,2011-03-01 08:30:00,2.55,7001,United Kingdom"


def read(
    tmp_path: Path, *rows: str, header: str = HEADER, limit: int | None = None, encoding: str = "utf-8"
) -> OrderBook:
    path = tmp_path / "orders.csv"
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return read_retail_file(path, limit)


def row(**changes: str) -> str:
    names = HEADER.split(",")
    values = dict(zip(names, GOOD.split(","), strict=True))
    assert set(changes) <= set(names)
    return ",".join({**values, **changes}.values())


def test_a_row_becomes_a_line_of_its_invoices_order(tmp_path: Path) -> None:
    (order,) = read(tmp_path, GOOD).orders

    assert (order.order_id, order.customer_id, order.country) == ("500001", "7001", "United Kingdom")
    assert order.at == datetime(2011, 3, 1, 8, 30, tzinfo=UTC)
    (line,) = order.lines
    assert (line.sku, line.quantity, line.unit_price) == ("10001", 6, "2.55")


def test_orders_come_in_time_order_whatever_the_files_order(tmp_path: Path) -> None:
    late = row(InvoiceNo="500001", InvoiceDate="2011-03-02 08:30:00")
    early = row(InvoiceNo="500002", InvoiceDate="2011-03-01 08:30:00")

    book = read(tmp_path, late, early)

    assert [order.order_id for order in book.orders] == ["500002", "500001"]


def test_invoices_of_the_same_minute_keep_the_files_order(tmp_path: Path) -> None:
    book = read(tmp_path, row(InvoiceNo="9"), row(InvoiceNo="10"))

    assert [order.order_id for order in book.orders] == ["9", "10"]


def test_an_invoice_takes_its_time_from_its_first_row(tmp_path: Path) -> None:
    book = read(tmp_path, GOOD, row(StockCode="10002", InvoiceDate="2011-03-01 08:31:00"))

    assert [order.at.minute for order in book.orders] == [30]
    assert len(book.orders[0].lines) == 2


def test_rows_of_an_invoice_may_lie_apart(tmp_path: Path) -> None:
    book = read(tmp_path, GOOD, row(InvoiceNo="500002"), row(StockCode="10002"))

    assert {order.order_id: len(order.lines) for order in book.orders} == {"500001": 2, "500002": 1}


@pytest.mark.parametrize(
    ("reason", "dirt"),
    [
        ("bad_debt", {"InvoiceNo": "A563185", "StockCode": "B", "UnitPrice": "-11062.06"}),
        ("not_a_product", {"StockCode": "POST"}),
        ("not_a_product", {"StockCode": "m"}),
        ("not_a_product", {"StockCode": "BANK CHARGES"}),
        ("not_a_product", {"StockCode": "gift_0001_20"}),
        ("zero_quantity", {"Quantity": "0"}),
        ("positive_in_cancellation", {"InvoiceNo": "C500009"}),
        ("write_off", {"Quantity": "-398", "UnitPrice": "0.0", "CustomerID": ""}),
        ("negative_price", {"UnitPrice": "-0.5"}),
        ("stock_adjustment", {"Quantity": "57", "UnitPrice": "0.0", "CustomerID": ""}),
        ("cancellation_unmatched", {"InvoiceNo": "C500009", "Quantity": "-6", "CustomerID": "9999"}),
        ("malformed", {"Quantity": "six"}),
        ("malformed", {"Quantity": "6.5"}),
        ("malformed", {"UnitPrice": "NaN"}),
        ("malformed", {"UnitPrice": ""}),
        ("malformed", {"InvoiceDate": "yesterday"}),
        ("malformed", {"InvoiceDate": "2011-02-30 10:00:00"}),
        ("malformed", {"InvoiceDate": "0011-02-03 10:00:00"}),
        ("malformed", {"InvoiceNo": ""}),
        ("malformed", {"StockCode": "X" * 129}),
        ("malformed", {"StockCode": "A\x07"}),
        ("malformed", {"Country": "United Kingdom,one,too many"}),
        ("malformed", {"Description": '"never closed'}),
    ],
)
def test_dirt_is_left_out_and_counted_by_its_reason(tmp_path: Path, reason: str, dirt: dict[str, str]) -> None:
    book = read(tmp_path, row(InvoiceNo="500000"), row(**{"InvoiceNo": "500002", **dirt}))

    assert [order.order_id for order in book.orders] == ["500000"]
    assert +book.skipped == {reason: 1}
    assert reason in SKIP_RULES


def test_what_is_wrong_with_a_row_is_said_with_its_line_number(tmp_path: Path) -> None:
    book = read(tmp_path, GOOD, row(Quantity="six"))

    assert book.examples == ("line 3: Quantity 'six' is not a whole number",)


def test_a_row_repeated_in_its_invoice_is_dropped_but_not_in_another(tmp_path: Path) -> None:
    book = read(tmp_path, GOOD, GOOD, row(InvoiceNo="500002"))

    assert [len(order.lines) for order in book.orders] == [1, 1]
    assert book.skipped["duplicate"] == 1


def test_lines_of_one_sku_that_differ_stay_separate_lines(tmp_path: Path) -> None:
    book = read(tmp_path, GOOD, row(Quantity="2"))

    assert [(line.line_id, line.quantity) for line in book.orders[0].lines] == [("1", 6), ("2", 2)]
    assert book.remarks["lines_repeating_a_sku"] == 1


def test_every_order_without_customer_is_a_guest_of_its_own(tmp_path: Path) -> None:
    book = read(tmp_path, row(CustomerID=""), row(InvoiceNo="500002", CustomerID=""))

    assert [order.customer_id for order in book.orders] == ["guest-500001", "guest-500002"]
    assert book.remarks["orders_of_guests"] == 2


def test_a_customers_line_at_price_zero_is_ordered_free_of_charge(tmp_path: Path) -> None:
    book = read(tmp_path, row(UnitPrice="0.0"))

    assert book.orders[0].lines[0].unit_price == "0.00"
    assert book.remarks["lines_free_of_charge"] == 1


def test_skus_that_differ_by_case_are_kept_apart_and_counted(tmp_path: Path) -> None:
    book = read(tmp_path, row(StockCode="85123A"), row(StockCode="85123a"))

    assert [line.sku for line in book.orders[0].lines] == ["85123A", "85123a"]
    assert book.remarks["skus_differing_by_case"] == 2


def test_the_first_description_of_a_sku_is_used_and_blank_ones_are_none(tmp_path: Path) -> None:
    book = read(tmp_path, row(Description="", Quantity="1"), GOOD, row(Description="LANTERN TIN", Quantity="2"))

    assert book.descriptions == {"10001": "TIN LANTERN"}
    assert book.remarks["lines_without_description"] == 1
    assert book.remarks["skus_with_several_descriptions"] == 1


def test_a_cancellation_takes_back_the_newest_order_first(tmp_path: Path) -> None:
    book = read(
        tmp_path,
        row(InvoiceNo="1", InvoiceDate="2011-03-01 08:00:00", Quantity="10"),
        row(InvoiceNo="2", InvoiceDate="2011-03-02 08:00:00", Quantity="4"),
        row(InvoiceNo="C3", InvoiceDate="2011-03-03 08:00:00", Quantity="-5"),
        row(InvoiceNo="C4", InvoiceDate="2011-03-04 08:00:00", Quantity="-20"),
    )

    first, second = (action for action in book.actions if isinstance(action, Cancellation))
    assert first.parts == (CancelledUnits("2", "1", 4), CancelledUnits("1", "1", 1))
    assert second.parts == (CancelledUnits("1", "1", 9),)
    assert book.remarks["cancelled_units_matched"] == 14
    assert book.remarks["cancelled_units_unmatched"] == 11


@pytest.mark.parametrize("other", [{"CustomerID": "7002"}, {"CustomerID": ""}, {"StockCode": "10002"}])
def test_a_cancellation_of_another_customer_or_sku_takes_nothing_back(tmp_path: Path, other: dict[str, str]) -> None:
    book = read(tmp_path, GOOD, row(**{"InvoiceNo": "C2", "Quantity": "-1", **other}))

    assert all(isinstance(action, Order) for action in book.actions)


def test_an_order_placed_later_is_not_taken_back(tmp_path: Path) -> None:
    book = read(tmp_path, row(InvoiceNo="C2", Quantity="-6", InvoiceDate="2011-02-28 08:00:00"), GOOD)

    assert book.skipped["cancellation_unmatched"] == 1


def test_the_limit_counts_invoices_as_they_come_in_the_file(tmp_path: Path) -> None:
    book = read(tmp_path, GOOD, row(InvoiceNo="500002"), row(InvoiceNo="500003"), limit=2)

    assert [order.order_id for order in book.orders] == ["500001", "500002"]
    assert book.skipped["beyond_limit"] == 1


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["3/1/2011 8:30", "3/25/2011 8:30"], datetime(2011, 3, 1, 8, 30, tzinfo=UTC)),
        (["03/01/2011 08:30", "25/01/2011 08:30"], datetime(2011, 1, 3, 8, 30, tzinfo=UTC)),
        (["3/1/2011 8:30"], datetime(2011, 3, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_slashed_dates_are_read_in_the_order_that_all_of_them_allow(
    tmp_path: Path, dates: list[str], expected: datetime
) -> None:
    book = read(tmp_path, *(row(InvoiceNo=str(n), InvoiceDate=date) for n, date in enumerate(dates)))

    assert book.orders[0].at == expected


def test_spreadsheet_exports_are_read(tmp_path: Path) -> None:
    header = "Invoice;StockCode;Description;Quantity;InvoiceDate;Price;Customer ID;Country"
    path = tmp_path / "excel.csv"
    path.write_bytes(f"\ufeff{header}\r\n1;10001;PEN £1;6;01.03.2011 08:30;2,55;7001.0;EIRE\r\n\r\n".encode())

    (order,) = read_retail_file(path).orders

    assert (order.customer_id, order.lines[0].unit_price) == ("7001", "2.55")


def test_old_windows_encodings_are_understood(tmp_path: Path) -> None:
    book = read(tmp_path, row(Description="PEN £1"), encoding="cp1252")

    assert book.descriptions["10001"] == "PEN £1"


def test_compressed_files_are_known_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(gzip.compress(f"{HEADER}\n{GOOD}\n".encode()))

    assert len(read_retail_file(path).orders) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b"InvoiceNo,StockCode,Quantity\n1,2,3\n", "does not name Description, InvoiceDate, UnitPrice"),
        (b"PK\x03\x04rest", "workbook or zip archive"),
        (b"\xff\xfeI\x00n\x00", "UTF-16"),
        (gzip.compress((HEADER + "\n" + GOOD * 50).encode())[:-20], "damaged or cut off"),
        (f"{HEADER}\n".encode(), "no order in 0 rows"),
        (f"{HEADER}\n1,POST,p,1,2011-01-01 10:00:00,1,1,EIRE\n".encode(), "left out: not_a_product 1"),
    ],
)
def test_a_file_that_is_something_else_is_refused_with_what_is_missing(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "something"
    path.write_bytes(content)

    with pytest.raises(NotARetailFileError, match=complaint):
        read_retail_file(path)


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotARetailFileError, match="cannot be opened"):
        read_retail_file(tmp_path / name)


def test_every_count_of_a_book_has_a_sentence(tmp_path: Path) -> None:
    book = read(tmp_path, GOOD, GOOD, row(InvoiceNo="C1", Quantity="-1"), row(InvoiceNo="2", StockCode="POST"))

    assert set(book.skipped) <= set(SKIP_RULES)
    assert set(book.remarks) <= set(REMARK_RULES)
    assert book.rules == SKIP_RULES | REMARK_RULES
