"""A purchase order as files beside its mail: a table to fill in and send back, and a UBL 2.1 Order for machines.

UBL 2.1: OASIS standard, 2013 (ISO/IEC 19845); elements stand in the order of its schema. Units are pieces (`C62` of
UN/ECE Recommendation 20). Lines are numbered as they stand on the order, so that an answer can name them by number.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

from shared.catalog.model import Supplier
from shared.kernel.clock import day_in, from_micros
from shared.notifications.ports import Attachment
from shared.purchasing.answers import state_of
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import PurchaseOrder
from shared.settings.model import MerchantSettings

COLUMNS = (
    "purchase_order_id",
    "line",
    "sku",
    "supplier_sku",
    "description",
    "ordered",
    "received",
    "open",
    "unit_cost",
    "currency",
    "expected",
    "seen",
    "status",
    "quantity",
    "date",
)
"""Of the table. The last three are empty: the supplier's answer goes there; his quantity is of the units that are
`open`. `seen` names what was ordered and answered of the line when the table was written."""

_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_PIECE = "C62"

# What a spreadsheet runs as a formula, also in the full width of East Asian fonts.
_FORMULA = re.compile("[=+\\-@\t\r\0＝＋－＠]")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Listed:
    """A line with its number on the order, and the units that are asked for."""

    number: int
    line: PurchaseOrderLine
    units: int


def order_table(order: PurchaseOrder, listed: Sequence[Listed], settings: MerchantSettings) -> Attachment:
    """CSV (RFC 4180, UTF-8 with a byte order mark, which spreadsheets need). No cell can become a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for one in listed:
        line = one.line
        told = (order.id, one.number, line.sku, line.supplier_sku or "", line.description)
        units = (line.ordered, line.received, line.open)
        rest = (line.unit_cost, order.currency, _day(line.due, settings).isoformat(), state_of(order, [line]))
        writer.writerow([_cell(value) for value in (*told, *units, *rest, "", "", "")])
    return Attachment(f"{order.id}.csv", "text/csv", text.getvalue().encode("utf-8-sig"))


def order_document(
    order: PurchaseOrder, listed: Sequence[Listed], supplier: Supplier, settings: MerchantSettings
) -> Attachment:
    """The order as a UBL 2.1 Order."""
    root = ET.Element(_tag(_ROOT, "Order"))
    issued = from_micros(order.sent_at or order.created_at).astimezone(settings.zone)
    _basic(root, "UBLVersionID", "2.1")
    _basic(root, "ID", order.id)
    _basic(root, "IssueDate", issued.date().isoformat())
    _basic(root, "IssueTime", issued.strftime("%H:%M:%S"))
    _basic(root, "DocumentCurrencyCode", order.currency)
    contact = settings.contact
    _party(root, "BuyerCustomerParty", "", contact.shop_name, contact.email, contact.phone)
    _party(root, "SellerSupplierParty", supplier.supplier_id, supplier.name, supplier.email, "")
    total = sum((one.units * Decimal(one.line.unit_cost) for one in listed), Decimal(0))
    _amount(_aggregate(root, "AnticipatedMonetaryTotal"), "PayableAmount", total, order.currency)
    for one in listed:
        _line(root, one, order.currency, settings)
    data = ET.tostring(root, encoding="UTF-8", xml_declaration=True, short_empty_elements=True)
    return Attachment(f"{order.id}.xml", "application/xml", data)


def _line(root: ET.Element, one: Listed, currency: str, settings: MerchantSettings) -> None:
    line = one.line
    item_of = _aggregate(_aggregate(root, "OrderLine"), "LineItem")
    _basic(item_of, "ID", str(one.number))
    _basic(item_of, "Quantity", str(one.units), unitCode=_PIECE)
    _amount(item_of, "LineExtensionAmount", one.units * Decimal(line.unit_cost), currency)
    period = _aggregate(_aggregate(item_of, "Delivery"), "RequestedDeliveryPeriod")
    _basic(period, "EndDate", _day(line.due, settings).isoformat())
    price = _aggregate(item_of, "Price")
    _amount(price, "PriceAmount", Decimal(line.unit_cost), currency)
    _basic(price, "BaseQuantity", "1", unitCode=_PIECE)
    item = _aggregate(item_of, "Item")
    _basic(item, "Name", line.description or line.sku)
    _basic(_aggregate(item, "BuyersItemIdentification"), "ID", line.sku)
    if line.supplier_sku:
        _basic(_aggregate(item, "SellersItemIdentification"), "ID", line.supplier_sku)


def _party(root: ET.Element, role: str, id_: str, name: str, mail: str, phone: str) -> None:
    party = _aggregate(_aggregate(root, role), "Party")
    if id_:
        _basic(_aggregate(party, "PartyIdentification"), "ID", id_)
    _basic(_aggregate(party, "PartyName"), "Name", name)
    contact = _aggregate(party, "Contact")
    if phone:
        _basic(contact, "Telephone", phone)
    _basic(contact, "ElectronicMail", mail)


def _aggregate(parent: ET.Element, name: str) -> ET.Element:
    return ET.SubElement(parent, _tag(_CAC, name))


def _basic(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, _tag(_CBC, name), attributes).text = _NOT_IN_XML.sub(" ", text)


def _amount(parent: ET.Element, name: str, amount: Decimal, currency: str) -> None:
    _basic(parent, name, format(amount, "f"), currencyID=currency)


def _tag(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _cell(value: object) -> str:
    """The cell's text; one that a spreadsheet would run gets an apostrophe before it, which our reader takes off."""
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _day(at: int, settings: MerchantSettings) -> date:
    return day_in(settings.zone, at)


for _prefix, _namespace in (("", _ROOT), ("cac", _CAC), ("cbc", _CBC)):
    ET.register_namespace(_prefix, _namespace)
