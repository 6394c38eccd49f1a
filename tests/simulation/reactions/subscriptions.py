"""Who asked to be told that an item is there again is told once, while there is some, and never after he has left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from shared.aws.subscription_store import leaving_from, subscription_from
from shared.kernel.clock import from_micros
from shared.settings.model import MerchantSettings
from shared.subscriptions.rounds import ROUND
from tests.simulation.reactions.kept import Kept, Violation
from tests.simulation.scene import at
from tests.simulation.subscriber import subscription_of, told
from tests.simulation.universe import Universe

_STATES = ("waiting", "sent", "ended", "suppressed", "unknown")
STATES = tuple(f"subscription {state}" for state in _STATES)
_PER_UNIT = MerchantSettings().subscriber_mails_per_unit


def reached(universe: Universe, kept: Kept) -> Iterator[str]:
    for one in kept["subscription"]:
        yield f"subscription {one['state']}"


def broken(universe: Universe, kept: Kept) -> Iterator[Violation]:
    yield from _once(universe)
    yield from _left_in_peace(universe)
    for kind in ("subscription", "notice"):
        for item in kept[kind]:
            if item["state"] == "claimed":
                yield "claims_end", f"{item['pk']} {item['sk']}", "its mail has no outcome, hours later"
    yield from _told(universe, kept)


def _once(universe: Universe) -> Iterator[Violation]:
    """No more mails than subscriptions, at any time: a second one needs a second subscription before it."""
    mails: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for mail in told(universe.world.engine.ses.mailbox):
        mails[subscription_of(mail)].append(mail["sent_at"])
    for (sku, recipient), times in mails.items():
        asked = [w for w in universe.memory.wishes if (w.sku, w.recipient) == (sku, recipient) and w.made is not False]
        for n, sent_at in enumerate(times, start=1):
            before = sum(wish.at <= sent_at for wish in asked)
            if n > before:
                yield "told_once", f"{sku} {recipient}", f"mail {n} at {sent_at}, subscribed {before} times by then"
                break


def _left_in_peace(universe: Universe) -> Iterator[Violation]:
    mailbox = list(universe.world.engine.ses.mailbox)
    for left in universe.memory.leavings:
        for mail in told(mailbox[left.mails :]):
            sku, recipient = subscription_of(mail)
            again = [
                wish
                for wish in universe.memory.wishes
                if (wish.sku, wish.recipient) == (sku, recipient) and wish.heard >= left.at and wish.made is not False
            ]
            if recipient == left.recipient and not again:
                yield "who_left_hears_nothing", f"{sku} {recipient}", f"left {left.at}, mail {mail['sent_at']}"


def _told(universe: Universe, kept: Kept) -> Iterator[Violation]:
    """While there are units that nobody waits for, somebody is told of them."""
    settings = universe.client.get("o", "/v1/settings")
    if settings is None or not settings["mail_enabled"]:
        return
    closed = {item["pk"].partition("#")[2] for item in kept["mailbox"]}
    left = {item["pk"].partition("#")[2]: leaving_from(item) for item in kept["left"]}
    rounds = {item["pk"]: item for item in kept["subscribers"]}
    waiting: dict[str, list[str]] = defaultdict(list)
    for one in kept["subscription"]:
        leaving = left.get(one["recipient"])
        gone = one["recipient"] in closed or (leaving is not None and leaving.ends(subscription_from(one)))
        if one["state"] == "waiting" and not gone:
            waiting[one["sku"]].append(one["recipient"])
    for sku, recipients in waiting.items():
        stock = universe.client.get("o", at("items", sku, "stock"))
        spare = max(0, stock["free"] - stock["waiting"]) if stock else 0
        if spare and not _is_full(universe, rounds.get(f"W#{sku}", {}), spare):
            yield "units_are_told_of", sku, f"{spare} to be had, {len(recipients)} not told: {rounds.get(f'W#{sku}')}"


def _is_full(universe: Universe, round_: dict[str, Any], spare: int) -> bool:
    goes_on = universe.world.clock.now() < from_micros(round_.get("began", 0)) + ROUND
    return bool(goes_on and round_.get("mails", 0) >= spare * _PER_UNIT)
