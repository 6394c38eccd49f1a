"""Items that say what their last change was made for, so that who reads the stream of changes can tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.aws import keys
from shared.kernel import cause

CAUSED = "caused"
"""The attribute of an item that names the change, message or request for which it was written last."""

_ANY = "0"
_QUEUES = keys.queue("")
_HEADS = tuple(
    (key["pk"].removesuffix(_ANY), key["sk"])
    for key in (
        keys.backorder(_ANY),
        keys.consent(_ANY),
        keys.stock(_ANY),
        keys.purchase_order(_ANY),
        keys.receipt(_ANY),
    )
)
_OF_ORDER = (keys.PARTS, keys.RELEASES, keys.REFUSALS)


def mark(key: Mapping[str, Any]) -> dict[str, str]:
    """What a write of this item adds to it: nothing, unless its changes become events or work for a queue."""
    made_for = cause.nearest()
    return {CAUSED: made_for} if made_for and _leads_on(key["pk"], key["sk"]) else {}


def _leads_on(pk: str, sk: str) -> bool:
    if pk.startswith(_QUEUES) or (pk.startswith(keys.order("")) and sk.startswith(_OF_ORDER)):
        return True
    return any(sk == end and pk.startswith(beginning) for beginning, end in _HEADS)
