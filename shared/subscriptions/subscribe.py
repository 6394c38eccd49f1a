"""Ask to be told when an item is there again, and ask for no more of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.backorders.ports import Stale
from shared.kernel.clock import micros
from shared.kernel.errors import Conflict, Contended, FieldError, KeyReused
from shared.notifications.ports import mailbox_of
from shared.subscriptions.model import Leaving, Subscription
from shared.subscriptions.ports import Subscribing

_TRIES = 5


@dataclass(frozen=True)
class Subscribe:
    """Who wants to be told of what. `digest` is of the request's content, the address without its case."""

    sku: str
    email: str
    locale: str
    country: str | None
    by: str
    request_key: str
    digest: str


@dataclass(frozen=True)
class Subscribed:
    """The subscription. `replayed`: it was there already; `same_key`: this very request had made it."""

    subscription: Subscription
    replayed: bool = False
    same_key: bool = False


def subscribe(command: Subscribe, *, store: Subscribing, now: datetime) -> Subscribed:
    """Once per item and mailbox while it waits; who was told, or has left, may ask again.

    Raises NotFound (item), Conflict (subscribed with another language or country), KeyReused, Contended.
    """
    store.watch(command.sku)
    wanted = _wanted(command, micros(now))
    for _ in range(_TRIES):
        known = store.find(command.sku, wanted.recipient)
        if known is not None and (known.request_key == command.request_key or (known.open and not known.lapsed(now))):
            return _first_answer(command, known)
        left = store.left(wanted.recipient)
        wanted = replace(wanted, after=left.mark if left else "")
        try:
            store.write(wanted, known)
        except Stale:
            continue
        return Subscribed(wanted)
    raise Contended("this subscription is being changed by others", retry_after=1)


def unsubscribe(sku: str, recipient: str, mark: str, *, store: Subscribing, now: datetime) -> bool:
    """No more mails of this kind to this mailbox: neither for this item nor for what it asked for before. False if
    this subscription was ended, or forgotten, before. `mark` is the request's own.

    The order of the two writes matters: after the first nothing more is sent, whatever becomes of the second.
    """
    store.leave(recipient, Leaving(mark, micros(now)))
    return store.end(sku, recipient, micros(now))


def _wanted(command: Subscribe, at: int) -> Subscription:
    return Subscription(
        sku=command.sku,
        recipient=mailbox_of(command.email),
        email=command.email,
        locale=command.locale,
        country=command.country,
        by=command.by,
        subscribed_at=at,
        request_key=command.request_key,
        digest=command.digest,
        place=at,
    )


def _first_answer(command: Subscribe, known: Subscription) -> Subscribed:
    same_key = known.request_key == command.request_key
    if known.digest == command.digest:
        return Subscribed(known, replayed=True, same_key=same_key)
    if same_key:
        raise KeyReused("this Idempotency-Key was used with another body")
    raise Conflict(
        "this address waits for the item already, with another locale or country",
        errors=(FieldError("/email", "is subscribed to this item already"),),
    )
