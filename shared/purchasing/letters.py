"""What a supplier reads: an order, a change of it, or a reminder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from shared.catalog.model import Supplier
from shared.kernel.clock import day_in, from_micros
from shared.notifications.ports import Attachment, Mail, Mailer
from shared.purchasing.documents import Listed, order_document, order_table
from shared.purchasing.lines import PurchaseOrderLine
from shared.purchasing.model import MailKind, PurchaseOrder
from shared.settings.model import MerchantSettings

Render = Callable[[str, str, Mapping[str, Any]], tuple[str, str, str]]
"""(kind, locale, facts) -> (subject, text, html)."""


class SupplierLetters:
    """SupplierMail: writes the letter and hands it to the mailer."""

    def __init__(
        self, mailer: Mailer, render: Render, written_in: Callable[[str], str], page_of: Callable[[str], str]
    ) -> None:
        """`page_of` gives the address of the supplier's page of an order."""
        self._mailer = mailer
        self._render = render
        self._written_in = written_in
        self._page_of = page_of

    def send(
        self,
        kind: MailKind,
        supplier: Supplier,
        order: PurchaseOrder,
        lines: Sequence[PurchaseOrderLine],
        settings: MerchantSettings,
    ) -> str:
        """The mailer's message id."""
        told = facts(kind, supplier, order, lines, settings) | {"link": self._page_of(order.id)}
        subject, text, html = self._render(kind, supplier.locale, told)
        return self._mailer.send(
            Mail(
                to=supplier.email,
                kind=kind,
                locale=self._written_in(supplier.locale),
                subject=subject,
                text=text,
                html=html,
                tags={"purchase_order_id": order.id},
                reply_to=settings.reply_to or settings.contact.email,
                from_name=settings.contact.shop_name,
                attachments=_files(kind, supplier, order, lines, settings),
            )
        )


def _files(
    kind: MailKind,
    supplier: Supplier,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    settings: MerchantSettings,
) -> tuple[Attachment, ...]:
    """The order as a table and as UBL; of what is still wanted or late only the table."""
    listed = _listed(kind, lines)
    if not listed:
        return ()
    table = order_table(order, listed, settings)
    return (table, order_document(order, listed, supplier, settings)) if kind == "purchase_order" else (table,)


def _listed(kind: MailKind, lines: Sequence[PurchaseOrderLine]) -> list[Listed]:
    """What is to be delivered, still wanted after a change (also nothing), or late: never what has come already.
    Numbers are those on the order."""
    listed = [Listed(number, line, line.open) for number, line in enumerate(lines, start=1) if line.listed]
    return listed if kind == "purchase_order_changed" else [one for one in listed if one.units]


def facts(
    kind: MailKind,
    supplier: Supplier,
    order: PurchaseOrder,
    lines: Sequence[PurchaseOrderLine],
    settings: MerchantSettings,
) -> dict[str, Any]:
    """What the letter asks for. Without the link, which the letter adds."""

    def day(at: int) -> date:
        return day_in(settings.zone, at)

    listed = [(one.line, one.units) for one in _listed(kind, lines)]
    total = sum((units * Decimal(line.unit_cost) for line, units in listed), Decimal(0))
    told: dict[str, Any] = {
        "purchase_order_id": order.id,
        "supplier_name": supplier.name,
        "lines": [
            {
                "sku": line.sku,
                "supplier_sku": line.supplier_sku,
                "description": line.description,
                "quantity": units,
                "unit_cost": line.unit_cost,
                "expected": day(line.due) if units else None,
            }
            for line, units in listed
        ],
        "currency": order.currency,
        "total": format(total, "f"),
        "ended": _ended(order) if kind == "purchase_order_changed" else "",
        "link": None,
        "contact": settings.contact,
    }
    if kind == "supplier_reminder":
        told |= {"sent_on": _sent_on(order, settings), "overdue": not _only_silent(order)}
    return told


def _ended(order: PurchaseOrder) -> Literal["", "cancelled", "closed"]:
    """How it ended, if nothing more of it is wanted: then there is nothing to confirm."""
    if order.stage == "cancelled":
        return "cancelled"
    return "closed" if order.finished else ""


def _only_silent(order: PurchaseOrder) -> bool:
    """Whether the reminder is about an answer: no goods are late yet."""
    at = order.mail.at if order.mail is not None else None
    return order.unanswered_since is not None and at is not None and not order.late(at)


def _sent_on(order: PurchaseOrder, settings: MerchantSettings) -> date:
    return from_micros(order.sent_at or order.created_at).astimezone(settings.zone).date()
