"""Receipts in the table: the document, and per SKU one ledger entry that makes its posting happen once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from shared.aws import keys
from shared.aws.marshal import Item
from shared.aws.purchasing_items import line_on_stock, line_put
from shared.aws.stock_items import change_stock
from shared.aws.table import TRANSACTION_LIMIT, ConditionLost, Put, Table, Update, Write
from shared.backorders.ports import Stale
from shared.purchasing.model import PurchaseOrder
from shared.receiving.model import CountedLine, Posted, Receipt, SkuTotal
from shared.receiving.ports import Posting

_LINES_PER_PAGE = 400
_FIELDS = ("supplier_id", "purchase_order_id", "received_at", "digest", "request_key", "actor", "at", "status")


class TableReceivingStore:
    """ReceivingStore over the table."""

    at_once = TRANSACTION_LIMIT // 3  # ledger entry, counters and order line of each SKU

    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, receipt: Receipt) -> Receipt:
        try:
            self._table.transact([Put(item, fresh=n == 0) for n, item in enumerate(_items(receipt))])
        except ConditionLost:
            found = self.read(receipt.receipt_id)
            if found is None:
                raise LookupError("a receipt that exists cannot be read") from None
            return found
        return receipt

    def read(self, receipt_id: str) -> Receipt | None:
        """A receipt as stored."""
        head = self._table.get(keys.receipt(receipt_id))
        if head is None:
            return None
        lines = list(head["lines"])
        if head.get("pages"):
            for page in self._table.query(keys.receipt(receipt_id)["pk"], prefix=keys.RECEIPT_LINES):
                lines += page["lines"]
        given: dict[str, Any] = {name: head.get(name) for name in _FIELDS}
        counted = tuple(CountedLine(*line) for line in lines)
        against, problem = head.get("against"), head.get("problem")
        return Receipt(receipt_id=receipt_id, lines=counted, against=against, problem=problem, **given)

    def unfinished(self, before: int) -> Iterator[Receipt]:
        """Receipts begun before a time (microseconds) whose posting has not ended."""
        for key in self._table.query_index(keys.POSTING):
            receipt = self.read(key["gsi1sk"])
            if receipt is not None and receipt.status == "posting" and receipt.at < before:
                yield receipt

    def known_skus(self, skus: Collection[str]) -> set[str]:
        return {item["sku"] for item in self._table.get_many(keys.stock(sku) for sku in skus).values()}

    def posted(self, receipt: Receipt, totals: Sequence[SkuTotal]) -> dict[str, Posted]:
        found = self._table.get_many(_entry_key(receipt, total) for total in totals)
        return {item["sku"]: _posted(item) for item in found.values()}

    def post(self, receipt: Receipt, order: PurchaseOrder | None, postings: Sequence[Posting]) -> None:
        writes: list[Write] = []
        for posting in postings:
            writes.append(_entry(receipt, order, posting))
            writes += _line_and_stock(order, posting)
        try:
            self._table.transact(writes)
        except ConditionLost:
            raise Stale from None

    def finish(self, receipt: Receipt) -> None:
        """Also right if somebody else has finished it meanwhile."""
        told = {"status": "posted", "against": receipt.against, "problem": receipt.problem}
        try:
            self._table.write(
                Update(
                    keys.receipt(receipt.receipt_id),
                    set={name: value for name, value in told.items() if value is not None},
                    remove=("gsi1pk", "gsi1sk"),
                    when="#status = :posting",
                    values={"posting": "posting"},
                )
            )
        except ConditionLost:
            return


def _items(receipt: Receipt) -> Iterator[Item]:
    """The document: a head with its first lines, further lines in pages."""
    lines = [[line.sku, line.quantity, line.rejected] for line in receipt.lines]
    pages = range(_LINES_PER_PAGE, len(lines), _LINES_PER_PAGE)
    head: Item = {"kind": "receipt", **keys.receipt(receipt.receipt_id)}
    head |= {name: getattr(receipt, name) for name in _FIELDS}
    head |= {"gsi1pk": keys.POSTING, "gsi1sk": receipt.receipt_id}
    yield head | {"lines": lines[:_LINES_PER_PAGE], "pages": len(pages)}
    for n, start in enumerate(pages):
        page = keys.receipt_lines(receipt.receipt_id, n)
        yield {"kind": "receipt_lines", **page, "lines": lines[start : start + _LINES_PER_PAGE]}


def _entry_key(receipt: Receipt, total: SkuTotal) -> dict[str, str]:
    return keys.ledger(total.sku, keys.receipt_cause(receipt.receipt_id, total.n))


def _entry(receipt: Receipt, order: PurchaseOrder | None, posting: Posting) -> Put:
    """The ledger entry: written once, it makes the rest of its transaction happen once."""
    entry: Item = {
        "kind": "ledger",
        **_entry_key(receipt, posting.total),
        "sku": posting.total.sku,
        "at": receipt.at,
        "received_at": receipt.received_at,
        "what": "receipt",
        "units": posting.total.quantity,
        "rejected": posting.total.rejected,
        "applied": posting.applied,
        "listed": posting.line is not None,
        "cause": receipt.receipt_id,
        "purchase_order_id": order.id if order else None,
        "actor": receipt.actor,
    }
    return Put(entry, fresh=True)


def _line_and_stock(order: PurchaseOrder | None, posting: Posting) -> Iterator[Write]:
    units = posting.total.quantity
    if order is None or posting.line is None:
        if units:
            yield change_stock(posting.total.sku, free=units, received=units)
        return
    before, after = posting.line
    yield line_put(order.id, replace(after, version=before.version))
    stock = line_on_stock(order, before, after, received=units, bump=False)
    if stock is not None:
        yield stock


def _posted(item: Item) -> Posted:
    return Posted(item["sku"], item["units"], item["rejected"], item["applied"], item["listed"])
