"""Commands that change something: prioritise, recall, resume, plan, switch. Each leaves its actor and reason behind."""

from __future__ import annotations

import argparse
from typing import Any

from infra.operator.backorders import text
from infra.operator.backorders.session import Report, Session, path
from infra.operator.service import Json, Refused, Reply

_STALE = 412
_TRIES = 5
SWITCHES = {"mail": "mail_enabled", "auto-order": "auto_order_enabled", "auto-cancel": "auto_cancel_enabled"}
Options = argparse.Namespace
_CANCELS = "Within the hour every order whose customer's time to answer is over is cancelled, and the customer told so."


def prioritise(session: Session, options: Options) -> Report:
    """Give what waits of an order another head start."""
    wanted = {"priority": options.priority, "reason": options.reason}
    one = _changed(session, path("v1", "backorders", options.backorder_id), "PATCH", wanted)
    return Report(one, [f"{one['backorder_id']} has priority {one['priority']} now"])


def resume(session: Session, options: Options) -> Report:
    """Let an order release again after a recall."""
    wanted = {"release": "automatic", "reason": options.reason}
    one = _changed(session, path("v1", "backorders", options.backorder_id), "PATCH", wanted)
    return Report(one, [f"{one['backorder_id']} releases by itself again"])


def _changed(session: Session, where: str, method: str, wanted: Json, *, whole: bool = False) -> Json:
    """Read, change, write against the version read; again when somebody was faster. `whole`: all of it is sent."""
    reply = Reply(_STALE, {})
    for _ in range(_TRIES):
        seen = session.service.reply("GET", where)
        if not seen.good:
            raise Refused(seen.status, seen.body)
        body = seen.body | wanted if whole else wanted
        reply = session.service.reply(method, where, body, If_Match=seen.headers["etag"])
        if reply.status != _STALE:
            break
    if not reply.good:
        raise Refused(reply.status, reply.body)
    return reply.body


def recall(session: Session, options: Options) -> Report:
    """Take a release back from the warehouse."""
    shown = [f"The warehouse must not ship {options.release_id} any more; its order releases nothing until resumed."]
    session.confirm(f"Recall {options.release_id}", shown)
    where = path("v1", "releases", options.release_id, "recall")
    done = session.service.ask("POST", where, {"reason": options.reason})
    return Report(done, [f"{done['release_id']} is {done['status']}: its units are allocated again"])


def plan(session: Session, options: Options) -> Report:
    """Plan purchase orders now: what would happen first, then in earnest."""
    body: dict[str, Any] = {"suppliers": options.supplier or None, "reason": options.reason}
    tried = session.service.ask("POST", "/v1/purchase-plans", body | {"dry_run": True})
    if options.dry_run:
        return Report(tried, text.plan(tried))
    session.confirm("Order this from the suppliers", text.plan(tried))
    done = session.service.ask("POST", "/v1/purchase-plans", body | {"dry_run": False})
    return Report(done, text.plan(done))


def switches(session: Session, options: Options) -> Report:
    """The feature switches as they stand; with a name and on or off, one is moved."""
    if options.name is None:
        return _switches(session.service.ask("GET", "/v1/settings"))
    if options.to is None or options.reason is None:
        raise ValueError("say on or off, and --reason")
    if (options.name, options.to) == ("auto-cancel", "on"):
        session.confirm("Switch auto-cancel on", [_CANCELS])
    wanted = {SWITCHES[options.name]: options.to == "on", "reason": options.reason}
    return _switches(_changed(session, "/v1/settings", "PUT", wanted, whole=True))


def _switches(settings: Json) -> Report:
    state = {name: settings[key] for name, key in SWITCHES.items()}
    return Report(state, (f"{name}  {'on' if on else 'off'}" for name, on in state.items()))
