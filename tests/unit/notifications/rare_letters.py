"""Letters that say what is seldom said: the notices of the EU, every reason, ways of payment, parts of lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from shared.backorders.lookup import OrderView
from shared.backorders.model import Entry, Line
from shared.backorders.withdrawal import WITHDRAWN
from shared.consent.duty import notice_due
from shared.consent.model import Consents
from shared.consent.rules import pack
from shared.kernel.clock import micros
from shared.notifications.told import Told, snapshot
from tests.unit.notifications.orders import (
    CUSTOMER,
    NOW,
    line,
    moved,
    order,
    promise,
    promised,
    release,
    shipment,
)

Mail = tuple[str, str, str]
Write = Callable[..., Mail]
"""`letters.mail_about`."""

SWEDE = replace(CUSTOMER, country="SE")
_BUCKETS = ("shipped", "released", "allocated", "waiting", "cancelled", "switched")


def rare_mails(locale: str, write: Write) -> dict[str, Mail]:
    """By the names that they have in the book."""
    return (
        {
            "accepted, all of it in stock": write(order(line(promised=0, basis="stock", waiting=2)), locale=locale),
            "accepted, one parcel": write(_one_parcel(), locale=locale),
            "accepted, something was added": _added(locale, write),
            "promise_later, every reason": _every_reason(locale, write),
            "still_waiting, ready and not sent": _ready(locale, write),
            "cancelled, nothing was charged": write(order(line(cancelled=2)), _told(line(waiting=2)), locale),
            "withdrawal_confirmed, with what it cancelled": _withdrawn(locale, write),
            "decision_needed, packed and never sent": _never_sent(locale, write),
            "shipped, many parcels": _many_parcels(locale, write),
        }
        | _paid_before(locale, write)
        | _notices_of_the_eu(locale, write)
    )


def _told(*lines: Line) -> Told:
    return snapshot(order(*lines), Told(), NOW)


def _one_parcel() -> OrderView:
    here = line(0, promised=0, basis="stock", waiting=1, allocated=1)
    more = line(1, promised=0, basis="stock", waiting=2, allocated=2)
    return order(here, more, line(2, allocated=2), line(3, promised=0, basis="stock", waiting=2), shipping="hold")


def _added(locale: str, write: Write) -> Mail:
    """Lines of which a part has come to every end there is, and one that was exchanged for the new one."""
    twos, ones = (line(n, **dict.fromkeys(_BUCKETS, units)) for n, units in enumerate((2, 1)))
    undated = line(2, promised=None, waiting=2, shipped=1), line(3, promised=None, waiting=1, shipped=1)
    before = (twos, ones, *undated, line(4, waiting=2))
    exchanged = moved(before[-1], "waiting", "switched", 2)
    return write(order(*before[:-1], exchanged, line(5, waiting=2)), _told(*before), locale)


def _every_reason(locale: str, write: Write) -> Mail:
    """And a line that was added, so that each kind of news stands under its heading."""
    first = [line(n, waiting=2) for n in range(4)] + [line(4, allocated=2)]
    overtaken = replace(promise(40), cause="reshaped")
    return write(
        order(
            promised(first[0], 40),
            promised(first[1], 40, "made_to_order"),
            promised(first[2], None, "none"),
            replace(first[3], promises=(*first[3].promises, overtaken)),
            promised(moved(first[4], "allocated", "waiting", 2), 40),
            line(5, waiting=2),
        ),
        _told(*first),
        locale,
    )


def _ready(locale: str, write: Write) -> Mail:
    here = line(allocated=2)
    return write(order(here), _told(here), locale, now=NOW + timedelta(days=30))


def _never_sent(locale: str, write: Write) -> Mail:
    entry = Entry(micros(NOW), "release", "allocated", "released", 3, "system", "release")
    view = order(replace(line(released=3), log=(entry,)), customer=replace(CUSTOMER, country="US"))
    return write(view, snapshot(view, Told(), NOW), locale, law="us", now=NOW + timedelta(days=14))


def _paid_before(locale: str, write: Write) -> dict[str, Mail]:
    """And of the rest the day has passed, and no other one is known yet."""
    late = line(1, waiting=2), line(2, waiting=2, shipped=2), line(3, waiting=1, shipped=1)
    view = order(line(released=2), *late, mode="prepaid")
    told = _told(line(waiting=2), *late)
    return {"released, paid before": write(view, told, locale, now=NOW + timedelta(days=11))}


def _withdrawn(locale: str, write: Write) -> Mail:
    entry = Entry(micros(NOW), "cancel", "waiting", "cancelled", 2, "customer", "")
    sent = line(1, shipped=1)
    view = order(replace(line(cancelled=2), log=(entry,)), sent, mode="prepaid", customer=SWEDE)
    declared = replace(view.head, log=((micros(NOW), WITHDRAWN, "customer", ""),))
    return write(replace(view, head=declared), _told(line(waiting=2), sent), locale, law="eu")


def _many_parcels(locale: str, write: Write) -> Mail:
    """Everything is sent, in parcels of which not everything is known."""
    sent = line(shipped=3)
    bare = replace(shipment("1", (0, 1)), carrier=None)
    unnumbered = replace(shipment("2", (0, 1)), tracking=None)
    view = order(sent, releases=(release(1, bare, unnumbered, shipment("3", (0, 1))),))
    return write(view, _told(line(waiting=3)), locale)


def _notices_of_the_eu(locale: str, write: Write) -> dict[str, Mail]:
    """The day that was promised has passed, and then the further period too; beside them all that can be news."""
    waiting, gone, here = line(0, waiting=3), line(1, waiting=1), line(2, waiting=2)
    told, passed, over = _told(waiting, gone, here), NOW + timedelta(days=11), NOW + timedelta(days=26)
    later = promised(waiting, 19)
    first = order(later, customer=SWEDE)
    due = notice_due(first, pack("eu"), passed)
    assert due is not None
    lapsed = Consents().opened(due.round).closed("lapsed", due.round.deadline, f"rule:{due.round.rule}")
    sent, packed = moved(here, "waiting", "shipped", 1), line(3, released=1)
    second = order(promised(later, 40), moved(gone, "waiting", "cancelled", 1), promised(sent, 40), packed)
    second = replace(second, head=first.head, consents=lapsed)
    return {
        "promise_later, the day has passed, by EU law": write(first, told, locale, law="eu", now=passed),
        "decision_needed, by EU law, with other news": write(second, told, locale, law="eu", now=over),
    }
