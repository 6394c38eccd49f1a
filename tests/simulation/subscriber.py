"""What people do who only ask to be told when an item is there again, and what they do when they were."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from shared.notifications.ports import mailbox_of
from shared.subscriptions.model import parse_subscriber_id
from tests.simulation.client import Ask, Reply
from tests.simulation.memory import Json
from tests.simulation.scene import Scene, at

KIND = "back_in_stock"
_ADDRESSES = ("w0@example.com", "W0@example.com", "w1@example.com", "success+w2@simulator.amazonses.com")
_BEFORE_ID = 21
"""Bytes of a link's token before the id: signature and expiry."""


@dataclass
class Wish:
    """A request to be told, under a key of its own. `made`: whether it made a subscription; None is unknown. `heard`:
    when it was last answered or given up: one whose outcome is unknown is asked again, and may only be heard then.
    `unsure`: once it was unknown; what it made may have been mailed and ended before its repeat finds another."""

    sku: str
    recipient: str
    at: datetime
    heard: datetime
    made: bool | None = None
    unsure: bool = False


@dataclass
class Left:
    """Somebody asked for no more of it. `mails`: how many there were when that was certain; None until then."""

    recipient: str
    at: datetime
    mails: int | None = None


def subscribe(scene: Scene, key: str | None = None) -> None:
    """Ask to be told; again, with another key, or for somebody who waits already."""
    chance = scene.chance
    sku, email = chance.choice(scene.memory.skus), chance.choice(_ADDRESSES)
    if scene.often(0.3):  # customers, whose mailboxes may be closed by mails about their orders
        email = f"{chance.choice(('bounce', 'complaint'))}+c{chance.randrange(4)}@simulator.amazonses.com"
    body: Json = {"email": email, "locale": chance.choice(("en", "en", "de")), "country": "SE"}
    wish = Wish(sku, mailbox_of(email), scene.now(), scene.now())
    scene.memory.wishes.append(wish)

    def then(reply: Reply) -> None:
        wish.heard = scene.now()
        if reply.outcome == "unknown":
            wish.unsure = True
        elif reply.status == 201 or not wish.unsure:
            wish.made = wish.made or reply.status == 201  # 200: there was one already

    for _ in range(chance.choice((1, 1, 2))):
        scene.post("s", at("items", sku, "subscriptions"), body, then, key)


def leave(scene: Scene) -> None:
    """One click in a mail, sometimes two, sometimes after a look at the page; the mail may be an old one."""
    mail = scene.pick(told(scene.world.engine.ses.mailbox))
    if mail is None:
        return
    path = urlsplit(link_of(mail)).path
    if scene.often(0.3):
        scene.client.get("c", path)
    _, recipient = subscription_of(mail)

    def then(reply: Reply) -> None:
        if reply.outcome == "ok":
            scene.memory.leavings.append(Left(recipient, scene.now()))

    for _ in range(scene.chance.choice((1, 1, 2))):
        scene.client.ask(Ask("c", "POST", path, "List-Unsubscribe=One-Click"), then, tries=2)


def told(mailbox: Any) -> list[Any]:
    """The mails about items that are there again."""
    return [mail for mail in mailbox if mail["tags"].get("kind") == KIND]


def link_of(mail: Any) -> str:
    return str(mail["headers"]["List-Unsubscribe"].strip("<>"))


def subscription_of(mail: Any) -> tuple[str, str]:
    """(sku, recipient) of the subscription that a mail served."""
    token = urlsplit(link_of(mail)).path.removeprefix("/u/")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return parse_subscriber_id(raw[_BEFORE_ID:].decode())
