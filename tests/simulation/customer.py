"""What customers do: they open the page behind their link, sometimes only to look, and decide there."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from tests.simulation.client import Ask, Reply
from tests.simulation.memory import Json, Order
from tests.simulation.scene import Scene
from tests.unit.pages.markup import Page

_APOLOGIES = ("promise_later", "decision_needed")
_LINK = re.compile(r"/b/[\w-]+")


def look(scene: Scene) -> None:
    """Whoever only looks changes nothing: a mail's scanner, or a curious customer."""
    order = scene.order()
    if order is not None:
        _forms(scene, _link(scene, order))


def decide(scene: Scene) -> None:
    """One of the choices that the page offers; a second click now and then, or one on a page that is out of date."""
    order = scene.order()
    link = _link(scene, order)
    form = scene.pick(_forms(scene, link))
    if order is None or link is None or form is None:
        return
    _expect(order, form)
    if form["action"] == "reduce":
        form["quantity"] = "1"
    _send(scene, order, link, form)


def accept_remedy(scene: Scene) -> None:
    """One of those that the page offers to whose order comes later, sometimes both."""
    sorry = {m["tags"].get("backorder_id") for m in scene.world.engine.ses.mailbox if m["tags"]["kind"] in _APOLOGIES}
    order = scene.pick([order for order in scene.memory.existing() if order.backorder_id in sorry])
    link = _link(scene, order)
    offers = [form for form in _forms(scene, link) if form["action"] == "remedy"]
    if order is None or link is None or not offers:
        return
    for form in scene.chance.sample(offers, scene.chance.choice((1, len(offers)))):
        _send(scene, order, link, form)


def _send(scene: Scene, order: Order, link: str, form: Json) -> None:
    def then(reply: Reply) -> None:
        if reply.outcome == "ok" and form["action"] == "remedy":
            scene.memory.accepted.add(order.order_id)
        scene.memory.remedies_refused += form["action"] == "remedy" and reply.outcome == "fail"

    for _ in range(scene.chance.choice((1, 1, 1, 2))):
        scene.client.ask(Ask("c", "POST", link, urlencode(form)), then, scene.chance.choice((1, 1, 2)))


def _expect(order: Order, form: Json) -> None:
    """The most that may follow from a choice, whether it is heard of or not."""
    units = {line["line_id"]: line["quantity"] for line in order.body["lines"]}
    if form["action"] == "switch":
        order.switches_asked += 1
    elif form["action"] in {"cancel", "reduce", "withdraw"}:
        order.cancel_asked += units.get(form.get("line", ""), sum(units.values()))


def _link(scene: Scene, order: Order | None) -> str | None:
    """That of the newest mail about the order, or the one the storefront shows."""
    if order is None:
        return None
    mails = [m for m in scene.world.engine.ses.mailbox if m["tags"].get("backorder_id") == order.backorder_id]
    if mails:
        return _LINK.findall(mails[-1]["text"])[0]
    view = scene.client.get("s", order.path)
    return _LINK.findall(view["links"]["customer"])[0] if view else None


def _forms(scene: Scene, link: str | None) -> list[Json]:
    page = scene.client.get("c", link) if link else None
    return list(Page(page).forms()) if page else []
