"""Purchase orders, their lines and what planning remembers, as items of the table; and a line's share of the stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from shared.aws import keys
from shared.aws.catalog_items import breaks_from, breaks_list
from shared.aws.marshal import Item
from shared.aws.stock_items import change_stock
from shared.aws.table import Path, Put, Update
from shared.purchasing.lines import Dates, Later, PurchaseOrderLine, inbound
from shared.purchasing.model import Outgoing, PurchaseOrder
from shared.purchasing.ports import Planning, Verdict

_PLAIN = (
    "id",
    "supplier_id",
    "stage",
    "status",
    "created_at",
    "currency",
    "value",
    "reason",
    "order_by",
    "sent_at",
    "acknowledged_at",
    "answered_as_of",
    "first_received_at",
    "first_said",
    "first_by",
    "collecting",
    "closing",
    "reminders",
    "next_likely",
    "next_due",
    "actor",
    "version",
)
_LINE = (
    "sku",
    "ordered",
    "open",
    "due",
    "received",
    "closed_short",
    "over",
    "rejected_units",
    "last_received_at",
    "first_date",
    "firm",
    "reply",
    "need",
    "rounding",
    "excess",
    "unit_cost",
    "supplier_sku",
    "description",
    "home",
    "moq",
    "pack_size",
    "version",
)


def order_item(order: PurchaseOrder) -> Item:
    """The head. In the index while goods are expected or a mail is under way; `mail_due` names the revision to send."""
    item: Item = {"kind": "purchase_order", **keys.purchase_order(order.id)}
    item |= {name: value for name in _PLAIN if (value := getattr(order, name)) is not None}
    if order.mail is not None:
        item["mail"] = {name: value for name, value in asdict(order.mail).items() if value is not None}
        if order.mail.state == "due":
            item["mail_due"] = order.mail.revision
    if order.answering is not None:
        item["answering"] = list(order.answering)
    item["log"] = [list(entry) for entry in order.log]
    owes_mail = order.mail is not None and order.mail.state in {"due", "sending"}
    if order.stage not in {"held", "draft"} and (owes_mail or not order.finished):
        item |= {"gsi1pk": keys.OPEN_PURCHASE_ORDERS, "gsi1sk": order.id}
    return item


def order_from(item: Item) -> PurchaseOrder:
    plain = {name: item[name] for name in _PLAIN if name in item}
    mail = Outgoing(**item["mail"]) if "mail" in item else None
    log = tuple((at, what, actor, detail) for at, what, actor, detail in item.get("log", []))
    answering = (item["answering"][0], item["answering"][1]) if "answering" in item else None
    return PurchaseOrder(**plain, mail=mail, log=log, answering=answering)


def order_put(order: PurchaseOrder) -> Put:
    """The head, if it is still the version before; the first version only if there is none."""
    if order.version == 1:
        return Put(order_item(order), fresh=True)
    return Put(order_item(order), when="#version = :seen", values={"seen": order.version - 1})


def line_map(line: PurchaseOrderLine) -> Item:
    item: Item = {name: value for name in _LINE if (value := getattr(line, name)) is not None}
    item |= {"likely": line.dates.likely, "by": line.dates.by}
    if line.later is not None:
        later = line.later
        item["later"] = [later.units, later.dates.likely, later.dates.by, later.firm]
    if line.taken_off:
        item["taken_off"] = line.taken_off
    if line.answer:
        item["answer"] = list(line.answer)
    if line.despatches:
        item["despatches"] = list(line.despatches)
    if line.prices:
        item["prices"] = breaks_list(line.prices)
    return item


def line_from(item: Item) -> PurchaseOrderLine:
    later = None
    if "later" in item:
        units, likely, by, firm = item["later"]
        later = Later(units, Dates(likely, by), firm)
    return PurchaseOrderLine(
        **{name: item[name] for name in _LINE if name in item},
        dates=Dates(item["likely"], item["by"]),
        later=later,
        taken_off=item.get("taken_off", 0),
        answer=tuple(item.get("answer", ())),
        despatches=tuple(item.get("despatches", ())),
        prices=breaks_from(item.get("prices", ())),
    )


def line_put(purchase_order_id: str, line: PurchaseOrderLine, *, fresh: bool = False) -> Put:
    """A line; unless fresh, `line.version` is the version as read and rises by one."""
    item = {"kind": "purchase_order_line", **keys.purchase_order_line(purchase_order_id, line.sku), **line_map(line)}
    if fresh:
        return Put(item, fresh=True)
    return Put(item | {"version": line.version + 1}, when="#version = :seen", values={"seen": line.version})


def line_on_stock(
    order: PurchaseOrder,
    before: PurchaseOrderLine | None,
    after: PurchaseOrderLine,
    *,
    received: int = 0,
    bump: bool = True,
    when: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> Update | None:
    """What a changed line does to its SKU's counters: on order, when it comes, and the units `received` with it.

    Units that were expected and will not come make the SKU one that may need ordering. None if nothing changes.
    """
    had = inbound(order.id, before) if before else {}
    has = inbound(order.id, after)
    set_: dict[Path, Any] = {}
    for name, entry in has.items():
        if had.get(name) != entry:
            set_["inbound", name] = [entry.open, entry.likely, entry.by, entry.firm]
    gone: tuple[Path, ...] = tuple(("inbound", name) for name in had if name not in has)
    on_order = after.open - (before.open if before else 0)
    if not (set_ or gone or on_order or received):
        return None
    if on_order < 0 and not received:
        set_ |= {"gsi1pk": keys.need(after.home or order.supplier_id), "gsi1sk": after.sku}
    return change_stock(
        after.sku,
        free=received,
        received=received,
        on_order=on_order,
        bump=bump and on_order != 0,
        set_=set_,
        remove=gone,
        when=when,
        values=values,
    )


def planning_put(planning: Planning) -> Put:
    """What planning remembers, if nobody has changed it since it was read."""
    item: Item = {"kind": "planning", **keys.planning(planning.supplier_id)}
    item |= {name: value for name, value in asdict(planning).items() if value is not None}
    if planning.verdict is not None:
        item["verdict"] = {name: value for name, value in item["verdict"].items() if value is not None}
    if planning.version == 1:
        return Put(item, fresh=True)
    return Put(item, when="#version = :seen", values={"seen": planning.version - 1})


def planning_from(item: Item) -> Planning:
    fields = {name: item[name] for name in Planning.__dataclass_fields__ if name in item}
    if "verdict" in fields:
        fields["verdict"] = Verdict(**fields["verdict"])
    return Planning(**fields)


def entries(order: PurchaseOrder) -> list[Put]:
    """The order's places in the directories."""
    supplier = order.supplier_id
    return [
        Put({"kind": "entry", **keys.purchase_order_entry(order.id)}),
        Put({"kind": "entry", **keys.purchase_order_entry(order.id, supplier)}),
    ]
