"""What is known of a person, and forgetting it, on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from shared.contracts.backorders import BackorderView, HistoryEvent
from shared.contracts.common import Email, Model, Reason

_LONGEST_CURSOR = 2_000


class ExportBody(Model):
    """Whose. The table is walked piece by piece: the next request carries the `next_cursor` of the last answer."""

    email: Email
    reason: Reason = Field(description="why; kept in the trail of actions, so nothing about the person")
    cursor: Annotated[str, Field(min_length=1, max_length=_LONGEST_CURSOR)] | None = None


class EraseBody(ExportBody):
    """`cancel_open`: what of an order waits or is set aside is cancelled with it; else such an order is kept, and
    named. A dry run changes nothing."""

    cancel_open: bool = False
    dry_run: bool = False


class WalkView(Model):
    """How far the walk has come."""

    done: int
    of: int


class KnownOrder(Model):
    order: BackorderView
    history: list[HistoryEvent] = Field(description="mails among it")


class KnownTrace(Model):
    """What is known beside orders: a mail to this mailbox about an order that is somebody else's now, a wish to be told
    when an item is there again, or that the mailbox must not be written to."""

    kind: Literal["recording", "notice", "subscription", "mailbox"]
    known: Annotated[dict[str, Any], Field(json_schema_extra={"additionalProperties": True})]


class ExportView(Model):
    orders: list[KnownOrder]
    others: list[KnownTrace]
    progress: WalkView
    next_cursor: str | None = Field(description="null: the walk is at its end")


class ErasedOrderView(Model):
    backorder_id: str
    order_id: str
    storefront: str
    cancelled: int = Field(description="units that were open")


class KeptOrderView(Model):
    backorder_id: str
    order_id: str
    storefront: str
    why: str


class EraseView(Model):
    dry_run: bool
    orders: list[ErasedOrderView]
    kept: list[KeptOrderView]
    notices: int
    subscriptions: int
    progress: WalkView
    next_cursor: str | None = Field(description="null: the walk is at its end")
