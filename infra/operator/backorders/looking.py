"""Commands that change nothing: list, search, show, explain, queue, stock, simulate."""

from __future__ import annotations

import argparse
import json
from typing import Any

from infra.operator.backorders import text
from infra.operator.backorders.session import Report, Session, path
from infra.operator.service import Json, Refused

_NOT_FOUND = 404
_FINISHED = "finished orders are found by their number or customer with --storefront SHOP"
Options = argparse.Namespace


def list_(session: Session, options: Options) -> Report:
    """Orders by status, SKU, customer or number; open ones oldest first when nothing is said."""
    if options.order_id is not None and options.storefront is None:
        raise ValueError("an order number is unique per storefront: --storefront is needed with --order-id")
    query = {name: getattr(options, name) for name in ("status", "sku", "customer_id", "order_id", "storefront")}
    return _listed(list(session.pages("/v1/backorders", options.most, **query)), options)


def _listed(found: list[Json], options: Options) -> Report:
    if not options.lines:
        return Report(found, text.orders(found))
    lines = [{"backorder_id": one["backorder_id"], **line} for one in found for line in one["lines"]]
    wanted = [line for line in lines if getattr(options, "sku", None) in (None, line["sku"])]
    return Report(wanted, text.lines(wanted))


def search(session: Session, options: Options) -> Report:
    """Orders that the term names: by their id; by number or customer; or anywhere in an open order."""
    term, storefront = options.term, options.storefront
    found: dict[str, Json] = {}
    if one := _maybe(session, path("v1", "backorders", term)):
        found[one["backorder_id"]] = one
    for name in ("order_id", "customer_id") if storefront else ():
        for one in session.pages("/v1/backorders", storefront=storefront, **{name: term}):
            found[one["backorder_id"]] = one
    if not found:
        pages = session.pages("/v1/backorders", status=None, storefront=storefront)
        found = {one["backorder_id"]: one for one in pages if _mentions(one, term)}
    report = _listed(list(found.values()), options)
    hint = () if found or storefront else (_FINISHED,)
    return Report(report.data, [*report.lines, *hint], 0 if found else 1)


def _mentions(one: Json, term: str) -> bool:
    who = one["customer"]
    texts = [one["backorder_id"], one["order_id"], who["id"], who["email"], who["name"]]
    texts += [line[name] for line in one["lines"] for name in ("line_id", "sku")]
    return any(term.casefold() in known.casefold() for known in texts)


def _maybe(session: Session, where: str) -> Json | None:
    reply = session.service.reply("GET", where)
    if reply.status == _NOT_FOUND:
        return None
    if not reply.good:
        raise Refused(reply.status, reply.body)
    return reply.body


def show(session: Session, options: Options) -> Report:
    """One order; with --history everything that happened to it."""
    one = session.service.ask("GET", path("v1", "backorders", options.backorder_id))
    if not options.history:
        return Report(one, text.order(one, []))
    events = session.service.ask("GET", path("v1", "backorders", options.backorder_id, "history"))["items"]
    return Report(one | {"history": events}, text.order(one, events))


def explain(session: Session, options: Options) -> Report:
    """One line, or every line of the order that is not over; all of them, if the whole order is over."""
    lines = [options.line_id] if options.line_id else _worth_a_word(session, options.backorder_id)
    where = ("v1", "backorders", options.backorder_id, "lines")
    found = [session.service.ask("GET", path(*where, line, "explanation")) for line in lines]
    return Report(found, text.explained(found))


def _worth_a_word(session: Session, backorder_id: str) -> list[str]:
    one = session.service.ask("GET", path("v1", "backorders", backorder_id))
    over = {"shipped", "cancelled", "switched"}
    live = [line for line in one["lines"] if line["status"] not in over]
    return [line["line_id"] for line in live or one["lines"]]


def queue(session: Session, options: Options) -> Report:
    """Who waits for a SKU, in order."""
    found = list(session.pages(path("v1", "items", options.sku, "queue"), options.most))
    return Report(found, text.queue(options.sku, found))


def stock(session: Session, options: Options) -> Report:
    """The counters of a SKU."""
    found = session.service.ask("GET", path("v1", "items", options.sku, "stock"))
    return Report(found, text.table(list(found), [list(found.values())]))


def simulate(session: Session, options: Options) -> Report:
    """What changes would mean for everybody who waits; nothing is written."""
    changes = [_change(given) for given in options.change]
    body: dict[str, Any] = {"changes": changes, "skus": options.sku}
    done = session.service.ask("POST", "/v1/simulations", body)
    return Report(done, text.simulated(done))


def _change(given: str) -> Json:
    """A change as JSON, or as words: `kind name=value ...`. Raises ValueError."""
    if given.lstrip().startswith("{"):
        return _written(given)
    kind, *pairs = given.split() or [""]
    fields: Json = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if not kind or len(fields) != len(pairs):
        raise ValueError(f"{given!r} is no change: write kind name=value ..., or JSON")
    quantity = fields.get("quantity", "0")
    if not quantity.removeprefix("-").isdecimal():
        raise ValueError(f"{given!r} is no change: quantity is a whole number, not {quantity!r}")
    return {"kind": kind} | fields | ({"quantity": int(quantity)} if "quantity" in fields else {})


def _written(given: str) -> Json:
    try:
        change: Json = json.loads(given)
    except json.JSONDecodeError as error:
        raise ValueError(f"{given!r} is no change: it begins like JSON and is none ({error})") from error
    return change
