"""UBL documents as suppliers send them, with what a test wants in their lines."""

from __future__ import annotations

from xml.sax.saxutils import escape

_NAMES = (
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
)


def document(root: str, *parts: str, number: str = "R-7", issued: str = "2026-01-06", at: str = "") -> str:
    """A document of this root element."""
    start = f'<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" {_NAMES}>'
    head = f"<cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:ID>{number}</cbc:ID><cbc:IssueDate>{issued}</cbc:IssueDate>"
    head += f"<cbc:IssueTime>{at}</cbc:IssueTime>" if at else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{start}{head}{"".join(parts)}</{root}>'


def of_order(order_id: str) -> str:
    return f"<cac:OrderReference><cbc:ID>{order_id}</cbc:ID></cac:OrderReference>"


def delivery(date: str, period: str = "PromisedDeliveryPeriod") -> str:
    return f"<cac:Delivery><cac:{period}><cbc:EndDate>{date}</cbc:EndDate></cac:{period}></cac:Delivery>"


def item(sku: str | None, who: str = "Buyers") -> str:
    inner = f"<cac:{who}ItemIdentification><cbc:ID>{escape(sku)}</cbc:ID></cac:{who}ItemIdentification>" if sku else ""
    return f"<cac:Item>{inner}</cac:Item>"


def answered(
    sku: str | None,
    code: str,
    quantity: str | None = None,
    *,
    date: str | None = None,
    later: str | None = None,
    number: str = "1",
    unit: str = "C62",
    who: str = "Buyers",
) -> str:
    """A line of an OrderResponse."""
    said = f'<cbc:Quantity unitCode="{unit}">{quantity}</cbc:Quantity>' if quantity is not None else ""
    if later is not None:
        said += f'<cbc:MaximumBackorderQuantity unitCode="{unit}">{later}</cbc:MaximumBackorderQuantity>'
    said += delivery(date) if date else ""
    head = f"<cbc:ID>{number}</cbc:ID><cbc:LineStatusCode>{code}</cbc:LineStatusCode>"
    return f"<cac:OrderLine><cac:LineItem>{head}{said}{item(sku, who)}</cac:LineItem></cac:OrderLine>"


def despatched(sku: str, quantity: str, *, later: str | None = None, outstanding: str | None = None) -> str:
    """A line of a DespatchAdvice."""
    said = f'<cbc:DeliveredQuantity unitCode="C62">{quantity}</cbc:DeliveredQuantity>'
    said += f'<cbc:BackorderQuantity unitCode="C62">{later}</cbc:BackorderQuantity>' if later else ""
    said += f'<cbc:OutstandingQuantity unitCode="C62">{outstanding}</cbc:OutstandingQuantity>' if outstanding else ""
    return f"<cac:DespatchLine><cbc:ID>1</cbc:ID>{said}{item(sku)}</cac:DespatchLine>"


def arrives(date: str) -> str:
    """When the whole despatch arrives."""
    inner = delivery(date, "EstimatedDeliveryPeriod")
    return f"<cac:Shipment><cbc:ID>1</cbc:ID>{inner}</cac:Shipment>"


def whole(code: str) -> str:
    """What an OrderResponse says of the whole order."""
    return f"<cbc:OrderResponseCode>{code}</cbc:OrderResponseCode>"
