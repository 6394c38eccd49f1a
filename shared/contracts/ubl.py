"""UBL 2.1 (ISO/IEC 19845) documents of suppliers: OrderResponse, OrderResponseSimple and DespatchAdvice.

Line status codes are those of UN/EDIFACT 1229 as Peppol BIS Ordering uses them (3 changed, 5 accepted, 7 not accepted)
and the words of UBL's own code list. Other members of the documents (parties, taxes, notes) say nothing that we need.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element

from shared.contracts.common import MAX_UNITS
from shared.contracts.days import day_or_instant
from shared.contracts.xml_documents import parse_xml
from shared.kernel.errors import FieldError, Invalid
from shared.purchasing.lines import Reply
from shared.purchasing.supplier_documents import Kind, Row, SupplierDocument

_NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
_ROOTS = "urn:oasis:names:specification:ubl:schema:xsd:"
MOST_LINES = 2_000

_REPLIES: dict[str, Reply] = {
    "3": "changed",
    "5": "accepted",
    "7": "rejected",
    "Revised": "changed",
    "Cancelled": "rejected",
}
_WHOLE: dict[str, Reply | None] = {
    "AB": None, "AP": "accepted", "CA": "changed", "RE": "rejected", "29": "accepted", "30": "changed", "27": "rejected"
}  # fmt: skip
"""Codes of the whole answer (UNCL4343; the figures are UNCL1225, as BIS 2 had them). AB says only that it was read."""
_NOTHING_SAID = {"4", "42", "NoStatus"}
_PIECES = {"", "C62", "EA", "H87", "NAR", "PCE", "XPP", "ZZ"}
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_PERIODS = ("PromisedDeliveryPeriod", "EstimatedDeliveryPeriod")


def read_ubl(text: str) -> tuple[SupplierDocument, list[FieldError]]:
    """The document, and what is wrong with its lines, numbered from 1. Raises Malformed, or Invalid for another one."""
    root = parse_xml(text)
    readers: dict[str, Callable[[Element], tuple[SupplierDocument, list[FieldError]]]] = {
        f"{{{_ROOTS}OrderResponse-2}}OrderResponse": _order_response,
        f"{{{_ROOTS}OrderResponseSimple-2}}OrderResponseSimple": _order_response_simple,
        f"{{{_ROOTS}DespatchAdvice-2}}DespatchAdvice": _despatch_advice,
    }
    reader = readers.get(root.tag)
    if reader is None:
        raise Invalid.at("", "is no OrderResponse, OrderResponseSimple or DespatchAdvice in the namespaces of UBL 2")
    if not 1 <= len(_text(root, "cbc:ID")) <= 64 or not _text(root, "cbc:ID").isprintable():
        raise Invalid.at("/ID", "must be the document's number, 1 to 64 printable characters")
    return reader(root)


def _order_response(root: Element) -> tuple[SupplierDocument, list[FieldError]]:
    """Lines say what they say. AP and RE speak of the whole order, also of the lines that are left out; a line that
    says otherwise contradicts them, and nobody knows which is meant."""
    reading = _Reading(root, "cac:OrderLine", ("cac:OrderReference/cbc:ID",))
    code = _text(root, "cbc:OrderResponseCode")
    if code and code not in _WHOLE:
        reading.wrong("/OrderResponseCode", "must be AP (accepted), CA (accepted with changes), RE (rejected) or AB", 1)
        return reading.done("order_response")
    whole = _WHOLE.get(code)
    said = whole if whole in {"accepted", "rejected"} else None
    if said or code == "AB":
        numbered = reading.lines() if reading.has(root, "cac:OrderLine") else []
    else:
        numbered = reading.lines()
    _answered_lines(reading, numbered, code, said)
    order_id = reading.order_of(root, 1) if said else ""
    if said and order_id:
        reading.rows.append(Row(1, order_id, every=True, reply=said))
    return reading.done("order_response")


def _answered_lines(reading: _Reading, numbered: list[tuple[int, Element]], whole: str, said: Reply | None) -> None:
    for number, line in numbered:
        item = line.find("cac:LineItem", _NAMES)
        if item is None:
            reading.wrong("/LineItem", "is missing", number)
            continue
        code = _text(item, "cbc:LineStatusCode")
        if code in _NOTHING_SAID or (said and not code):
            continue
        reply = _REPLIES.get(code)
        if reply is None:
            reading.wrong("/LineItem/LineStatusCode", "must be 3 (changed), 5 (accepted) or 7 (not accepted)", number)
            continue
        quantity = reading.units(item, "cbc:Quantity", number)
        later = reading.units(item, "cbc:MaximumBackorderQuantity", number)
        # Delivered in all is what comes now and what comes later; the schema counts them side by side.
        total = quantity + (later or 0) if quantity is not None else None
        if reply == "rejected":
            total = later = None
        elif reply == "accepted" and later:
            reply = "changed"
        if said and reply != said:
            reading.wrong("/OrderResponseCode", f"is {whole} ({said} whole) where this line is {reply}: say CA", number)
        date = None if reply == "rejected" else reading.date(item, number)
        reading.add(number, item, line, reply=reply, quantity=total, later=later or None, date=date)


def _order_response_simple(root: Element) -> tuple[SupplierDocument, list[FieldError]]:
    reading = _Reading(root, "", ("cac:OrderReference/cbc:ID",))
    accepted = _text(root, "cbc:AcceptedIndicator")
    replies: dict[str, Reply] = {"true": "accepted", "1": "accepted", "false": "rejected", "0": "rejected"}
    if accepted not in replies:
        reading.wrong("/AcceptedIndicator", "must be true or false", 1)
        return reading.done("order_response")
    order_id = reading.order_of(root, 1)
    if order_id:
        reading.rows.append(Row(1, order_id, every=True, reply=replies[accepted]))
    return reading.done("order_response")


def _despatch_advice(root: Element) -> tuple[SupplierDocument, list[FieldError]]:
    places = ("cac:OrderLineReference/cac:OrderReference/cbc:ID", "cac:OrderReference/cbc:ID")
    reading = _Reading(root, "cac:DespatchLine", places)
    for number, line in reading.lines():
        quantity = reading.units(line, "cbc:DeliveredQuantity", number)
        if quantity is None and not reading.has(line, "cbc:DeliveredQuantity"):
            reading.wrong("/DeliveredQuantity", "is missing", number)
        later = [reading.units(line, f"cbc:{name}", number) for name in ("BackorderQuantity", "OutstandingQuantity")]
        date = reading.date(line, number)
        reading.add(number, line, line, quantity=quantity, later=max(one or 0 for one in later) or None, date=date)
    return reading.done("despatch_advice")


class _Reading:
    """One document while it is read: rows that could be read, and everything that is wrong with the others."""

    def __init__(self, root: Element, lines: str, order_places: Sequence[str]) -> None:
        self._root = root
        self._lines = lines
        self._order_places = order_places
        self.rows: list[Row] = []
        self.errors: list[FieldError] = []

    def lines(self) -> list[tuple[int, Element]]:
        found = self._root.findall(self._lines, _NAMES)
        if not 1 <= len(found) <= MOST_LINES:
            raise Invalid.at(f"/{self._lines.partition(':')[2]}", f"must be there 1 to {MOST_LINES} times")
        return list(enumerate(found, start=1))

    def wrong(self, pointer: str, detail: str, number: int) -> None:
        self.errors.append(FieldError(pointer, detail, number))

    def has(self, element: Element, path: str) -> bool:
        return element.find(path, _NAMES) is not None

    def order_of(self, line: Element, number: int) -> str:
        """The purchase order that a line speaks of: said at the line, or for the whole document."""
        for place in self._order_places:
            found = _text(line, place) or _text(self._root, place)
            if found:
                return found
        self.wrong("/OrderReference/ID", "is missing: our purchase order's number", number)
        return ""

    def units(self, element: Element, path: str, number: int) -> int | None:
        """Whole pieces, or None. What is no such thing is wrong."""
        found = element.find(path, _NAMES)
        if found is None:
            return None
        text, pointer = (found.text or "").strip(), _pointer(path)
        if not _NUMBER.fullmatch(text) or Decimal(text) != int(Decimal(text)) or Decimal(text) > MAX_UNITS:
            self.wrong(pointer, f"must be a whole number up to {MAX_UNITS}", number)
            return None
        if found.get("unitCode", "") not in _PIECES:
            self.wrong(f"{pointer}/@unitCode", "must be pieces (C62): the order is in pieces", number)
            return None
        return int(Decimal(text))

    def date(self, element: Element, number: int) -> datetime | None:
        """When the goods arrive, as promised or estimated for the line or else for the whole document."""
        for place in (element, self._root, *self._root.findall("cac:Shipment", _NAMES)):
            for period in _PERIODS:
                day = _text(place, f"cac:Delivery/cac:{period}/cbc:EndDate") or _text(
                    place, f"cac:Delivery/cac:{period}/cbc:StartDate"
                )
                if day:
                    return self._day(day, f"/Delivery/{period}", number)
        return None

    def _day(self, text: str, pointer: str, number: int) -> datetime | None:
        match = _DAY.fullmatch(text)
        try:
            at = day_or_instant(match[1]) if match else None
        except ValueError as error:
            self.wrong(pointer, str(error), number)
            return None
        if not isinstance(at, datetime):
            self.wrong(pointer, "must be a date such as 2026-01-20", number)
            return None
        return at

    def add(
        self,
        number: int,
        item: Element,
        line: Element,
        *,
        reply: Reply | None = None,
        quantity: int | None,
        later: int | None,
        date: datetime | None,
    ) -> None:
        """A row, if nothing of it is wrong. It names its line by our item number, by the supplier's, or else by the
        order's line number."""
        sku = _text(item, "cac:Item/cac:BuyersItemIdentification/cbc:ID") or None
        supplier_sku = None if sku else _text(item, "cac:Item/cac:SellersItemIdentification/cbc:ID") or None
        order_id = self.order_of(line, number)
        named = _text(line, "cac:OrderLineReference/cbc:LineID") or _text(item, "cbc:ID")
        by_number = int(named) if sku is None and supplier_sku is None and re.fullmatch("[0-9]{1,6}", named) else None
        if not any(error.row == number for error in self.errors):
            self.rows.append(Row(number, order_id, sku, supplier_sku, by_number, False, reply, quantity, later, date))

    def done(self, kind: Kind) -> tuple[SupplierDocument, list[FieldError]]:
        return SupplierDocument(kind, _text(self._root, "cbc:ID"), tuple(self.rows), self._issued()), self.errors

    def _issued(self) -> str | None:
        """When the supplier issued it: a date, or a date and a time in UTC (where it has no zone, as it stands)."""
        day, time = _text(self._root, "cbc:IssueDate"), _text(self._root, "cbc:IssueTime")
        match = _DAY.fullmatch(day)
        try:
            at = datetime.fromisoformat(f"{match[1]}T{time or '00:00'}") if match else None
        except ValueError:
            at = None
        if at is None:
            if day or time:
                self.wrong("/IssueDate", "must be a date such as 2026-01-20, and IssueTime a time such as 09:30:00", 1)
            return None
        at = at.astimezone(UTC) if at.tzinfo else at
        return at.strftime("%Y-%m-%dT%H:%M:%S" if time else "%Y-%m-%d")


def _text(element: Element, path: str) -> str:
    return " ".join((element.findtext(path, "", _NAMES) or "").split())


def _pointer(path: str) -> str:
    return "/" + path.replace("cac:", "").replace("cbc:", "")
