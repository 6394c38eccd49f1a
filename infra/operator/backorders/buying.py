"""Commands about orders to suppliers: list, show, approve, acknowledge, cancel, close-short."""

from __future__ import annotations

import argparse
from typing import Any

from infra.operator.backorders import text
from infra.operator.backorders.session import Report, Session, path
from infra.operator.service import Json

Options = argparse.Namespace
_ORDERS = ("v1", "purchase-orders")


def list_(session: Session, options: Options) -> Report:
    """Orders to suppliers, oldest first."""
    query = {name: getattr(options, name) for name in ("status", "supplier_id")}
    found = list(session.pages(path(*_ORDERS), options.most, **query))
    return Report(found, text.purchase_orders(found))


def show(session: Session, options: Options) -> Report:
    """One of them."""
    return _shown(_read(session, options))


def approve(session: Session, options: Options) -> Report:
    """Send it to the supplier."""
    return _instruct(session, options, "approve", "Send this order to its supplier")


def cancel(session: Session, options: Options) -> Report:
    """Call off what is open of it."""
    return _instruct(session, options, "cancel", "Call off what is open of this order; who waits gets a later date")


def close_short(session: Session, options: Options) -> Report:
    """Wait no longer for what is open of it."""
    return _instruct(session, options, "close-short", "Stop waiting for what is open of this order")


def acknowledge(session: Session, options: Options) -> Report:
    """Enter the supplier's answer: a day for every open line, or line by line. It can be entered anew."""
    if options.date is None and not options.line:
        raise ValueError("say what the supplier said: --date DAY, or --line SKU=DAY")
    order = _read(session, options)
    said = dict(_answer(given) for given in options.line)
    for line in order["lines"] if options.date else ():
        if line["open"]:
            said.setdefault(line["sku"], {"status": "accepted", "date": options.date})
    body = {"lines": [{"sku": sku, **answer} for sku, answer in said.items()], "seen": order["seen"]}
    return _shown(session.service.ask("POST", _where(options, "acknowledge"), body))


def _answer(given: str) -> tuple[str, Json]:
    """`SKU=DAY`, `SKU=UNITS` or `SKU=UNITS@DAY`. Raises ValueError."""
    sku, _, said = given.rpartition("=")
    units, at, day = said.partition("@")
    if not at and not units.isdecimal():
        units, day = "", said
    if not sku or (at and not units.isdecimal()) or not (units or day):
        raise ValueError(f"{given!r} is no answer: write SKU=DAY, SKU=UNITS or SKU=UNITS@DAY")
    answer: dict[str, Any] = {"status": "changed", "quantity": int(units)} if units else {"status": "accepted"}
    return sku, answer | ({"date": day} if day else {})


def _instruct(session: Session, options: Options, step: str, what: str) -> Report:
    session.confirm(what, text.purchase_order(_read(session, options)))
    return _shown(session.service.ask("POST", _where(options, step), {"reason": options.reason}))


def _read(session: Session, options: Options) -> Json:
    return session.service.ask("GET", _where(options))


def _where(options: Options, *step: str) -> str:
    return path(*_ORDERS, options.purchase_order_id, *step)


def _shown(order: Json) -> Report:
    return Report(order, text.purchase_order(order))
