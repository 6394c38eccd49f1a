"""Every key of the table. Nobody else joins strings into keys.

Each function's docstring names the access pattern it serves; the README's table is generated from them. Ids and SKUs
stand last in a partition key or are of fixed alphabet, so a `#` inside them cannot reach another key.
"""

from __future__ import annotations

from shared.kernel import ids

Key = dict[str, str]

_SHARD = "0"  # one shard per SKU; a hot SKU gets more by hashing the backorder id here (see the decisions)
_RANK_DIGITS = 17  # microseconds; a head start of a year still leaves a positive number


def order(key: str) -> str:
    """Partition of one backorder: head, parts of large orders, releases, what the customer was told."""
    return f"B#{key}"


def backorder(key: str) -> Key:
    """Read a backorder by id or by (storefront, order_id); record it once."""
    return {"pk": order(key), "sk": "HEAD"}


def order_of(pk: str) -> str:
    """The key of the order whose partition this is."""
    return pk.removeprefix("B#")


def part(key: str, n: int) -> Key:
    """The n-th ninety lines of a backorder too large for its head."""
    return {"pk": order(key), "sk": f"PART#{n:04d}"}


PARTS = "PART#"
RECORDING = "RECORDING"  # index partition: large orders whose recording has not ended (sparse)
HOLDING = "HOLDING"  # index partition: open orders that are shipped in one parcel (sparse)


def release(key: str, n: int) -> Key:
    """One release of a backorder; all of them by prefix."""
    return {"pk": order(key), "sk": f"R#{n:04d}"}


RELEASES = "R#"


def earlier(key: str, n: int) -> Key:
    """The log of a backorder behind its n-th entry, as far as it is not in its head, and the requests it answered."""
    return {"pk": order(key), "sk": f"WAS#{n:06d}"}


EARLIER = "WAS#"


def refusal(key: str, digest: str) -> Key:
    """An order of the bulk queue that was refused, once per content."""
    return {"pk": order(key), "sk": f"{REFUSALS}{digest}"}


REFUSALS = "X#"


def told(key: str) -> Key:
    """What the customer was last told, and the notice counter."""
    return {"pk": order(key), "sk": "TOLD"}


def untold(key: str) -> Key:
    """An order with news that came while mail was switched off, or in quiet hours."""
    return {"pk": order(key), "sk": "UNTOLD"}


def untold_until(key: str, until: int) -> Key:
    """Such an order's place in the index, the first to be told first."""
    return {"gsi1pk": UNTOLD, "gsi1sk": f"{until:017d}#{key}"}


UNTOLD = "UNTOLD"  # index partition: orders whose news waits for mail to be switched on, or for the morning (sparse)


def parse_untold(sort: str) -> tuple[int, str]:
    """(until, order key) of an untold order's place in the index."""
    until, key = sort.split("#")
    return int(until), key


def notice(key: str, revision: int) -> Key:
    """One mail: claimed once, then its outcome."""
    return {"pk": order(key), "sk": f"TOLD#{revision:06d}"}


NOTICES = "TOLD#"


def claimed_notice(key: str, revision: int, claimed_at: int) -> Key:
    """A notice's place in the index while its outcome is not recorded (sparse), oldest claim first."""
    return {"gsi1pk": CLAIMED_NOTICES, "gsi1sk": f"{claimed_at:017d}#{key}#{revision:06d}"}


CLAIMED_NOTICES = "CLAIMED"


def parse_claimed_notice(sort: str) -> tuple[int, str, int]:
    """(claimed at, order key, revision) of a claimed notice's place in the index."""
    claimed_at, key, revision = sort.split("#")
    return int(claimed_at), key, int(revision)


def repeated_notice(key: str, revision: int, due: int) -> Key:
    """A legal notice of unknown outcome in the index until it is sent once more (sparse), the earliest first."""
    return {"gsi1pk": LEGAL_UNKNOWN, "gsi1sk": f"{due:017d}#{key}#{revision:06d}"}


LEGAL_UNKNOWN = (
    "LEGAL-UNKNOWN"  # index partition: Notices the law demands, of unknown outcome, to be sent again (sparse)
)


def mailbox(recipient: str) -> Key:
    """A mailbox that must not be written to, by the hash of its address."""
    return {"pk": f"MAILBOX#{recipient}", "sk": "HEAD"}


def left_mailbox(recipient: str) -> Key:
    """A mailbox that asked for no more mails about items that are there again, and when (TTL)."""
    return {"pk": f"MAILBOX#{recipient}", "sk": "LEFT"}


def subscribers(sku_: str) -> str:
    """Partition of those who asked to be told when an item is there again; in the index those who wait (sparse)."""
    return f"W#{sku_}"


def subscription(sku_: str, recipient: str) -> Key:
    """One of them, once per mailbox, by the hash of its address (TTL)."""
    return {"pk": subscribers(sku_), "sk": recipient}


def subscriber_round(sku_: str) -> Key:
    """How many of them were told in the last two days."""
    return {"pk": subscribers(sku_), "sk": "ROUND"}


def waiting_subscriber(sku_: str, place: int, recipient: str) -> Key:
    """A subscriber's place in the index of those who wait, who waits longest first."""
    return {"gsi1pk": subscribers(sku_), "gsi1sk": f"{place:017d}#{recipient}"}


def subscribed_sku(pk: str) -> str:
    """The item whose subscribers stand in this partition."""
    return pk.removeprefix("W#")


def claimed_subscriber(claimed_at: int, recipient: str) -> Key:
    """A subscriber's place in the index while the outcome of the mail is not recorded (sparse), oldest claim first."""
    return {"gsi1pk": CLAIMED_SUBSCRIBERS, "gsi1sk": f"{claimed_at:017d}#{recipient}"}


CLAIMED_SUBSCRIBERS = "CLAIMED-W"


def due_subscribers(sku_: str, due: int) -> Key:
    """An item's place in the index of those whose subscribers are to be looked at although nothing happens (sparse)."""
    return {"gsi1pk": DUE_SUBSCRIBERS, "gsi1sk": f"{due:017d}#{sku_}"}


DUE_SUBSCRIBERS = "DUE-W"


def parse_time(sort: str) -> int:
    """The time at which an entry of the index begins."""
    return int(sort.partition("#")[0])


def consent(key: str) -> Key:
    """What the customer was asked about delays, and what was answered; read with the order."""
    return {"pk": order(key), "sk": "CONSENT"}


def consent_deadline(key: str, deadline: int) -> Key:
    """An undecided order's place in the index of deadlines (sparse), the next one first."""
    return {"gsi1pk": CONSENT_DEADLINES, "gsi1sk": f"{deadline:017d}#{key}"}


CONSENT_DEADLINES = "CONSENT"


def parse_consent_deadline(sort: str) -> tuple[int, str]:
    """(deadline, order key) of an undecided order's place in the index."""
    deadline, key = sort.split("#")
    return int(deadline), key


def queue(sku: str) -> str:
    """The lines of a SKU in queue order (waiting or served): allocation, place in the queue, audit."""
    return f"Q#{_SHARD}#{sku}"


def line_sort(rank: int, backorder_id: str, position: int) -> str:
    """Queue order: rank, then backorder id (time-ordered), then position in the order."""
    return f"{rank:0{_RANK_DIGITS}d}#{backorder_id}#{position:04d}"


def line(sku: str, rank: int, backorder_id: str, position: int) -> Key:
    """One line of a backorder, standing in the queue of its SKU for life."""
    return {"pk": queue(sku), "sk": line_sort(rank, backorder_id, position)}


def parse_line_sort(sort: str) -> tuple[int, str, int]:
    """(rank, backorder id, position) of a place in a queue."""
    rank, backorder_id, position = sort.split("#")
    return int(rank), backorder_id, int(position)


def parse_line(key: Key) -> tuple[str, int, str, int]:
    """(sku, rank, backorder id, position) of a line's key."""
    return (key["pk"].split("#", 2)[2], *parse_line_sort(key["sk"]))


def after_order(sort: str) -> str:
    """Sort key behind every line of the order that this line belongs to."""
    return sort.rpartition("#")[0] + "#~"


def rank_sort(rank: int) -> str:
    """Sort key before every line of that rank."""
    return f"{rank:0{_RANK_DIGITS}d}"


def sku(sku: str) -> str:
    """Partition of one item: card, stock, ledger."""
    return f"I#{sku}"


def item(sku_: str) -> Key:
    """An item's card: what clients change."""
    return {"pk": sku(sku_), "sk": "CARD"}


def stock(sku_: str) -> Key:
    """An item's counters: free, demand, on order, inbound."""
    return {"pk": sku(sku_), "sk": "STOCK"}


def history(sku_: str) -> Key:
    """What the past demand for a stocked item tells, for its forecast; written on nights after days with demand."""
    return {"pk": sku(sku_), "sk": "HISTORY"}


def receipt_cause(receipt_id: str, n: int) -> str:
    """The n-th SKU of a receipt, as the cause of a ledger entry."""
    return f"R#{receipt_id}#{n}"


def correction_cause(correction_id: str) -> str:
    """A correction as the cause of a ledger entry."""
    return f"C#{correction_id}"


def repair_cause(repair_id: str) -> str:
    """A repair of the counters as the cause of a ledger entry."""
    return f"X#{repair_id}"


def ledger(sku_: str, cause: str) -> Key:
    """One entry that created or removed units (receipt line, correction), once per cause; all by prefix."""
    return {"pk": sku(sku_), "sk": f"E#{cause}"}


LEDGER = "E#"


def items_directory(shard: str = "0") -> str:
    """All SKUs in order, for lists (one entry per item)."""
    return f"ITEMS#{shard}"


def item_entry(sku_: str) -> Key:
    """An item's place in the list of items."""
    return {"pk": items_directory(), "sk": sku_}


def supplier(supplier_id: str) -> Key:
    """A supplier's card; all suppliers by partition."""
    return {"pk": "SUPPLIERS", "sk": supplier_id}


SUPPLIERS = "SUPPLIERS"


def need(supplier_id: str) -> str:
    """Index partition: SKUs of a supplier that may need ordering (sparse)."""
    return f"NEED#{supplier_id}"


def purchase_order(purchase_order_id: str) -> Key:
    """A purchase order's head."""
    return {"pk": f"PO#{purchase_order_id}", "sk": "HEAD"}


def purchase_order_line(purchase_order_id: str, sku_: str) -> Key:
    """One line of a purchase order; all by prefix."""
    return {"pk": f"PO#{purchase_order_id}", "sk": f"L#{sku_}"}


PURCHASE_ORDER_LINES = "L#"


def purchase_order_answer(purchase_order_id: str) -> Key:
    """A supplier's answer to many lines while it is worked through (TTL)."""
    return {"pk": f"PO#{purchase_order_id}", "sk": "ANSWER"}


def purchase_orders(supplier_id: str | None = None) -> str:
    """Directory of purchase orders, all or of one supplier, in order of id (time-ordered)."""
    return "PO" if supplier_id is None else f"PO-OF#{supplier_id}"


def purchase_order_entry(purchase_order_id: str, supplier_id: str | None = None) -> Key:
    """A purchase order's place in a directory."""
    return {"pk": purchase_orders(supplier_id), "sk": purchase_order_id}


OPEN_PURCHASE_ORDERS = "OPEN-PO"  # index partition: purchase orders that still expect something (sparse)


def held_lines(purchase_order_id: str, n: int) -> Key:
    """The n-th page of lines of a held purchase order, replaced as a whole by every plan; all by prefix."""
    return {"pk": f"PO#{purchase_order_id}", "sk": f"{HELD_LINES}{n:04d}"}


HELD_LINES = "HELD#"


def planning(supplier_id: str) -> Key:
    """What planning remembers about a supplier (order day done, what it holds, why); all by prefix."""
    return {"pk": PLANNING, "sk": f"{PLANNED_SUPPLIERS}{supplier_id}"}


PLANNING = "PLANNING"
PLANNED_SUPPLIERS = "S#"
PLANNING_RUN: Key = {"pk": PLANNING, "sk": "RUN"}
"""Up to when the hourly planning run has looked at order days."""


def request(hash_: str) -> Key:
    """The first answer to a POST without a natural key, by hash of caller, route and Idempotency-Key."""
    return {"pk": f"REQ#{hash_}", "sk": "HEAD"}


def receipt_of(pk: str) -> str:
    """The receipt id whose item this is."""
    return pk.removeprefix("RC#")


def receipt(receipt_id: str) -> Key:
    """A posted receipt, once per receipt id."""
    return {"pk": f"RC#{receipt_id}", "sk": "HEAD"}


def receipt_lines(receipt_id: str, n: int) -> Key:
    """The n-th page of lines of a receipt too long for its head; all by prefix."""
    return {"pk": f"RC#{receipt_id}", "sk": f"{RECEIPT_LINES}{n:04d}"}


RECEIPT_LINES = "L#"
POSTING = "POSTING"  # index partition: receipts whose posting has not ended (sparse)


def correction(correction_id: str) -> Key:
    """A stock correction, once per correction id."""
    return {"pk": f"SC#{correction_id}", "sk": "HEAD"}


def customer_orders(storefront: str, customer_id: str) -> str:
    """Directory of a customer's backorders, oldest first. The storefront is hashed: no part can forge another."""
    return f"CUST#{ids.digest(storefront)}#{customer_id}"


def open_orders() -> str:
    """Directory of orders that are not finished, oldest first."""
    return "OPEN"


def directory_entry(partition: str, backorder_id: str) -> Key:
    """A backorder's place in a directory."""
    return {"pk": partition, "sk": backorder_id}


TO_SHIP = "TO-SHIP"  # index partition: releases not yet shipped (sparse)


def risks(made_at: int) -> str:
    """The pages of one night's risk list, worst first; they expire."""
    return f"RISKS#{made_at}"


def risk_page(made_at: int, n: int) -> Key:
    """The n-th page of a risk list."""
    return {"pk": risks(made_at), "sk": f"{n:05d}"}


RISKS: Key = {"pk": "RISKS", "sk": "HEAD"}
"""The risk list in force: when it was made, its length, and the shop's week."""

AUDIT: Key = {"pk": "AUDIT", "sk": "PROGRESS"}
"""Where the audit of the books stands, and what looked wrong to it."""


def remedy_budget(month: str) -> Key:
    """What was spent on remedies in a month, and on how many (TTL)."""
    return {"pk": f"REMEDIES#{month}", "sk": "BUDGET"}


def remedies_of_customer(month: str, storefront: str, customer_id: str) -> Key:
    """How many remedies a customer accepted in a month (TTL)."""
    return {"pk": f"REMEDIES#{month}", "sk": f"C#{ids.digest(storefront, customer_id)}"}


def webhook(webhook_id: str) -> Key:
    """A webhook and its keys; all of them by partition, once per batch of events."""
    return {"pk": WEBHOOKS, "sk": webhook_id}


WEBHOOKS = "WEBHOOKS"


def delivery(webhook_id: str, at: int, event_key: str) -> Key:
    """What became of an event at a webhook, with the event (TTL); in order of time"""
    return {"pk": deliveries(webhook_id), "sk": f"{at:016d}#{event_key}"}


def deliveries(webhook_id: str) -> str:
    """What a webhook was sent in the last month, in order of time"""
    return f"WD#{webhook_id}"


def webhook_of(pk: str) -> str:
    """The webhook whose deliveries stand in this partition."""
    return pk.removeprefix("WD#")


def deliveries_from(at: int) -> str:
    """Sort key before every delivery of events from that time on (microseconds)"""
    return f"{at:016d}#"


def due_delivery(due: int, webhook_id: str, event_key: str) -> Key:
    """A delivery's place in the index of those that are tried again later (sparse), the next one first."""
    return {"gsi1pk": DUE_DELIVERIES, "gsi1sk": f"{due:017d}#{webhook_id}#{event_key}"}


DUE_DELIVERIES = "DUE-WD"


def action(at: int, key: str) -> Key:
    """One action of an operator, once per request; all of them in order of time."""
    return {"pk": ACTIONS, "sk": f"{at:017d}#{key}"}


ACTIONS = "ACTIONS"


def parse_action(sort: str) -> tuple[int, str]:
    """(time, key) of an action's place in the trail."""
    at, key = sort.split("#")
    return int(at), key


SETTINGS: Key = {"pk": "SETTINGS", "sk": "HEAD"}
"""The merchant's settings document."""
