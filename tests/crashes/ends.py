"""What must be the same in the end, whatever went wrong on the way; and the one thing that need not be: a mail."""

from __future__ import annotations

from collections import Counter
from typing import Any

from shared.audit.wire import plain
from tests.flow.conftest import Shop
from tests.flow.faults import different, picture

UNDECIDED = "nobody knows whether its mail left"
_UNDECIDED = {"claimed", "sending", "unknown"}


def end_state(shop: Shop) -> dict[str, Any]:
    """Units, orders and releases; purchase orders with their dates (to the day) and what is on order of an item; what
    customers have been told of their lines, in however many mails; what was refused."""
    out = picture(shop)
    items = [plain(item) for item in shop.items_of_table()]
    names = {item["pk"]: item["order_id"] for item in items if item["kind"] == "backorder"}
    heads = {item["pk"]: item for item in items if item["kind"] == "purchase_order"}
    for item in items:
        if item["kind"] == "purchase_order":
            told = [item["stage"], item["status"], item.get("reminders")]
            out[f"purchase order {_name(heads, item)}"] = UNDECIDED if _undecided(item) else told
        elif item["kind"] == "purchase_order_line":
            name = f"{item['sku']} of {_name(heads, item)}"
            dates = [item[name] // 86_400_000_000 for name in ("likely", "by", "due")]
            out[f"units of {name}"] = [item[x] for x in ("ordered", "open", "received", "closed_short", "firm")]
            out[f"dates of {name}"] = UNDECIDED if _undecided(heads[item["pk"]]) else dates
        elif item["kind"] == "stock":
            out[f"on order {item['sku']}"] = [item["on_order"], sorted(x[0] for x in item["inbound"].values())]
        elif item["kind"] == "told":
            for n, told in item["lines"].items():
                out[f"told {names[item['pk']]}/{n}"] = told[:-1]
        elif item["kind"] == "refusal":
            out[f"refused {item['pk']}"] = True
    return out


def unlike(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Where two ends differ; a purchase order of whose mail nobody knows whether it left waits for a person."""
    return different({name: x if x != UNDECIDED else expected.get(name) for name, x in found.items()}, expected)


def _undecided(order: Any) -> bool:
    return order.get("mail", {}).get("state") in _UNDECIDED


def _name(heads: dict[str, Any], item: dict[str, Any]) -> str:
    """A purchase order's place among those of its supplier: its id has the time in it."""
    head = heads[item["pk"]]
    ours = sorted(pk for pk, other in heads.items() if other["supplier_id"] == head["supplier_id"])
    return f"{head['supplier_id']} {ours.index(item['pk'])}"


def mails(shop: Shop) -> tuple[list[str], int]:
    """What is wrong with the mails that left, and how many there are of which nobody knows whether they did.

    A mail is noted as sent, or it is the one of a claim whose outcome is unknown: such a mail is not sent again.
    """
    sent: set[str] = set()
    undecided: Counter[str] = Counter()
    for item in map(plain, shop.items_of_table()):
        if item["kind"] == "notice":
            sent |= {item["message_id"]} if item["state"] == "sent" else set()
            undecided[item["pk"][-16:]] += item["state"] in _UNDECIDED
        elif item["kind"] == "purchase_order":
            sent |= {entry[3] for entry in item["log"] if entry[1].startswith("mailed ")}
            undecided[item["id"]] += item.get("mail", {}).get("state") in _UNDECIDED
    mailbox = {mail["message_id"]: mail["tags"] for mail in shop.world.engine.ses.mailbox}
    left_over: Counter[str] = Counter()
    for message_id, tags in mailbox.items():
        subject = tags["purchase_order_id"] if "purchase_order_id" in tags else tags["backorder_id"][-16:]
        left_over[subject] += message_id not in sent
    trouble = [f"noted as sent, but never left: {message_id}" for message_id in sent - mailbox.keys()]
    trouble += [f"left, but nobody knows: {n} for {who}" for who, n in left_over.items() if n > undecided[who]]
    return trouble, undecided.total()
