"""Which change of the table means work for which queue. Routing only: no rule of the business lives here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from shared.aws import keys
from shared.aws.changes import Change
from shared.backorders.withdrawal import WITHDRAWN
from shared.inventory.model import available_now
from shared.kernel import ids
from shared.kernel.clock import micros
from shared.runtime import environment
from shared.subscriptions.tell import ASKED

TALLY = environment.TALLY_DEMAND_QUEUE_URL
ALLOCATE = environment.ALLOCATE_STOCK_QUEUE_URL
RELEASE = environment.RELEASE_ORDERS_QUEUE_URL
NOTIFY = environment.NOTIFY_CUSTOMERS_QUEUE_URL
SUBSCRIBERS = environment.NOTIFY_SUBSCRIBERS_QUEUE_URL
SEND = environment.SEND_PURCHASE_ORDERS_QUEUE_URL

_TALLY_REST_SECONDS = 150  # until the lines that were left over are old enough to be counted all at once
_TOGETHER_SECONDS = 30  # well below the delay of the release queue


@dataclass(frozen=True)
class Skus:
    """What has to be read to know whom a change concerns: the SKUs of a large order, whose head does not list them,
    and those of a supplier that are not ordered yet."""

    of_order: Callable[[str], list[str]]
    of_supplier: Callable[[str], list[str]]


@dataclass(frozen=True)
class Work:
    """One message: the queue (by its variable), its natural key, its body and what tells its cause from others.

    `event` is what it is sent for: the change, or what that was made for where no event tells of the change.
    """

    queue: str
    key: str
    body: dict[str, Any]
    cause: str
    delay: int = 0
    event: str = ""


def route(change: Change, skus: Skus) -> Iterator[Work]:
    """The work a change means."""
    router = _ROUTERS.get(change.kind)
    if router is not None and change.new is not None:
        event = change.event_id if _is_told(change) else change.caused_by or change.event_id
        yield from (replace(work, event=event) for work in router(change, skus))


def _is_told(change: Change) -> bool:
    """Whether an event tells of it (`publish_events`), so that the log leads on from its id."""
    if change.kind == "line":
        given = any(entry[1] == "allocate" for _, entry in change.gained("log"))
        return not change.inserted and (given or change.rose("cancelled") > 0 or bool(change.gained("promises")))
    if change.kind == "backorder":
        return change.before("state") != "open" or bool(change.gained("log"))
    return change.kind == "release"


def _backorder(change: Change, skus: Skus) -> Iterator[Work]:
    if change.after("state") != "open":
        return
    key = keys.order_of(change.after("pk"))
    appeared = change.before("state") != "open"
    if appeared:
        yield _notify(change, key)
        for part in range(change.after("parts", 0)):
            yield Work(TALLY, f"{key}/{part}", {"order": key, "part": part}, change.event_id)
    if appeared and change.after("counted"):
        yield from _serve(change, [values[1] for values in change.after("lines")], "recorded", change.after("rank"))
    elif not appeared:
        added = change.after("lines")[len(change.before("lines")) :]
        yield from _serve(change, [values[1] for values in added], "switched", change.after("rank"))
    if not appeared and change.changed("version") and change.after("shipping") == "hold":
        yield from _serve(change, skus.of_order(key), "changed", None)  # what is left of the set may fit now
    withdrawn = any(entry[1] == WITHDRAWN for _, entry in change.gained("log"))
    if not appeared and (withdrawn or change.before("customer")["email"] != change.after("customer")["email"]):
        yield _notify(change, key)  # at another address there may be news that did not reach the one before
    if not appeared and change.changed("shipping", "release", "rank", "old_rank"):
        rank = min(change.after("rank"), change.before("rank"))
        yield from _serve(change, skus.of_order(key), "reshaped", rank)
        yield _release(change, key)


def _part(change: Change, _: Skus) -> Iterator[Work]:
    if change.after("counted") and not change.before("counted", False):
        yield from _serve(change, [values[1] for values in change.after("lines")], "recorded", change.after("rank"))


def _line(change: Change, _: Skus) -> Iterator[Work]:
    sku, rank, backorder_id, _position = keys.parse_line({"pk": change.after("pk"), "sk": change.after("sk")})
    if change.inserted:
        if not change.after("counted") and not change.after("part"):
            yield _tally(change, sku)
        return  # everything else its order tells
    key = ids.backorder_key(backorder_id)
    if key is None:
        raise ValueError("a line without a backorder")
    given_up = change.rose("cancelled") + change.rose("switched")
    if given_up and (change.rose("waiting") < 0 or change.rose("allocated") < 0):
        yield from _serve(change, [sku], "cancelled", rank)
    if given_up or change.changed("allocated", "released", "shipped"):
        yield _release(change, key)
    if given_up or change.rose("released") > 0 or change.rose("shipped") or _promised_by(change):
        yield _notify(change, key)


def _promised_by(change: Change) -> bool:
    """Whether the date that customers are told moved; a new basis alone is no news."""
    return bool(change.before("promises")[-1][2] != change.after("promises")[-1][2])


def _stock(change: Change, _: Skus) -> Iterator[Work]:
    if change.inserted:
        return
    sku = change.after("sku")
    gone = change.rose("free") < 0 and not change.changed("handings")  # to a set that began with another SKU
    supply = change.rose("free") > 0 or gone or change.changed("corrections")
    if supply or (change.changed("inbound") and change.after("waiting") > 0):
        yield from _serve(change, [sku], "supply", None)
    if change.changed("tallies"):
        yield from _serve(change, [sku], "recorded", change.after("tallied_from"))
        if change.after("tally_rest"):
            yield replace(_tally(change, sku), key=f"rest of {sku}", delay=_TALLY_REST_SECONDS)
    if change.after("subscribed") and _spare(change.after) > _spare(change.before):
        yield _tell(change, sku)


def _spare(count: Callable[[str, int], int]) -> int:
    return available_now(count("free", 0), count("waiting", 0))


def _subscription(change: Change, _: Skus) -> Iterator[Work]:
    """Perhaps the item is there already."""
    if change.changed("subscribed_at"):
        yield _tell(change, change.after("sku"), ASKED)


def _item(change: Change, _: Skus) -> Iterator[Work]:
    if not change.inserted:
        yield from _serve(change, [change.after("sku")], "item changed", None)


_DATES_FOLLOW = ("order_weekdays", "holidays", "lead_time_likely", "lead_time_by", "held_until")


def _supplier(change: Change, skus: Skus) -> Iterator[Work]:
    """What is not ordered yet is dated by his card and by what is held for him. By what is learned of him every day the
    daily look dates."""
    if not change.inserted and change.changed(*_DATES_FOLLOW):
        yield from _serve(change, skus.of_supplier(change.after("supplier_id")), "supplier changed", None)


def _purchase_order(change: Change, _: Skus) -> Iterator[Work]:
    due = change.after("mail_due")
    if due is not None and change.changed("mail_due"):
        order = change.after("id")
        yield Work(SEND, order, {"purchase_order": order, "revision": due}, change.event_id)


def _release_item(change: Change, _: Skus) -> Iterator[Work]:
    if not change.inserted:
        yield _release(change, keys.order_of(change.after("pk")))


def _tally(change: Change, sku: str) -> Work:
    return Work(TALLY, sku, {"sku": sku}, change.event_id)


def _tell(change: Change, sku: str, why: str = "") -> Work:
    return Work(SUBSCRIBERS, sku, {"sku": sku, "cause": why + change.event_id, "page": 0}, change.event_id)


def _serve(change: Change, skus: list[str], cause: str, rank: int | None) -> Iterator[Work]:
    for sku in ids.ordered_unique(skus):
        yield Work(ALLOCATE, sku, {"sku": sku, "cause": cause, "rank": rank}, change.event_id)


def _release(change: Change, key: str) -> Work:
    """Changes of the same half minute share a message: it is delivered a minute later, when all of them are there."""
    return Work(RELEASE, key, {"backorder": key}, str(int(change.at.timestamp()) // _TOGETHER_SECONDS))


def _notify(change: Change, key: str) -> Work:
    return Work(NOTIFY, key, {"backorder": key, "at": micros(change.at)}, change.event_id)


_ROUTERS: dict[str, Callable[[Change, Skus], Iterator[Work]]] = {
    "backorder": _backorder,
    "part": _part,
    "line": _line,
    "item": _item,
    "supplier": _supplier,
    "stock": _stock,
    "subscription": _subscription,
    "purchase_order": _purchase_order,
    "release": _release_item,
}


def merge(works: list[Work]) -> list[Work]:
    """One message per queue and key: work on the same thing is done once for a batch of changes.

    The last event names the message, so that a later change is never taken for a repeat of an earlier one.
    """
    merged: dict[tuple[str, str], Work] = {}
    for work in works:
        earlier = merged.pop((work.queue, work.key), None)
        merged[work.queue, work.key] = work if earlier is None else _together(earlier, work)
    return list(merged.values())


def _together(earlier: Work, later: Work) -> Work:
    if later.queue != ALLOCATE:
        return later
    ranks = [work.body["rank"] for work in (earlier, later) if work.body["rank"] is not None]
    return replace(later, body=later.body | {"rank": min(ranks, default=None)})
