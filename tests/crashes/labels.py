"""What an AWS call touches, in the words of the business: `UpdateItem stock`, `SendMessageBatch allocate-stock`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

READS = frozenset({"GetItem", "BatchGetItem", "Query", "GetSecretValue"})
_BY_SORT = {
    "B": (
        ("HEAD", "order"),
        ("PART#", "part of an order"),
        ("R#", "release"),
        ("X#", "refusal"),
        ("TOLD#", "notice"),
        ("TOLD", "told"),
        ("UNTOLD", "untold"),
    ),
    "I": (("CARD", "item"), ("STOCK", "stock"), ("E#", "ledger entry")),
    "PO": (("HEAD", "purchase order"), ("L#", "purchase order line"), ("HELD#", "held line")),
    "RC": (("HEAD", "receipt"), ("L#", "receipt line")),
}
_BY_PARTITION = {
    "Q": "line",
    "SC": "correction",
    "REQ": "request",
    "CUST": "list of orders",
    "OPEN": "list of orders",
    "ITEMS": "list of items",
    "SUPPLIERS": "supplier",
    "PO": "list of purchase orders",
    "PO-OF": "list of purchase orders",
    "PLANNING": "planning",
    "AUDIT": "audit",
    "SETTINGS": "settings",
}


def is_read(operation: str) -> bool:
    """Whether the call changes nothing."""
    return operation in READS


def label(operation: str, params: dict[str, Any]) -> str:
    """The operation and the kinds of items, or the queue, that it touches."""
    touched = " + ".join(sorted(set(_touched(params))))
    return f"{operation} {touched}".strip()


def _touched(params: dict[str, Any]) -> Iterator[str]:
    if "QueueUrl" in params:
        yield params["QueueUrl"].rpartition("/")[2]
    elif "KeyConditionExpression" in params:
        yield _of_query(params)
    elif "RequestItems" in params:
        for requests in params["RequestItems"].values():
            for request in requests["Keys"] if isinstance(requests, dict) else requests:
                yield _of_write(request)
    elif "TransactItems" in params:
        for write in params["TransactItems"]:
            yield _of_write(write)
    elif "TableName" in params:
        yield _of_write(params)


def _of_write(write: dict[str, Any]) -> str:
    """Of an item, a key, or a request that has one of them somewhere inside."""
    while "pk" not in write:
        write = write.get("Item") or write.get("Key") or next(v for v in write.values() if isinstance(v, dict))
    return kind_of(write["pk"]["S"], write["sk"]["S"])


def _of_query(params: dict[str, Any]) -> str:
    pk = params["ExpressionAttributeValues"][":pk"]["S"]
    sort = next((v["S"] for k, v in params["ExpressionAttributeValues"].items() if k in {":prefix", ":first"}), "")
    if "IndexName" in params:
        return f"index of {pk.partition('#')[0].lower().replace('-', ' ')}"
    return kind_of(pk, sort)


def kind_of(pk: str, sk: str) -> str:
    """The kind of item that lies under a key."""
    partition, inner, _ = pk.partition("#")
    for start, kind in _BY_SORT.get(partition, ()) if inner else ():
        if sk.startswith(start):
            return kind
    if inner and partition in _BY_SORT:
        return "all of it"
    return _BY_PARTITION.get(partition, partition.lower().replace("-", " "))
