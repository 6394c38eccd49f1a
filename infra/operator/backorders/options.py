"""What can be written on the command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.operator.backorders import acting, books, buying, customers, looking
from infra.operator.backorders.session import Report, Session
from infra.operator.output import Parser
from infra.operator.service import HERE

Run = Callable[[Session, argparse.Namespace], Report]
_MOST = 1_000


class _Commands:
    """The commands, each with the options that all of them have."""

    def __init__(self, whole: argparse.ArgumentParser) -> None:
        self._commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
        self._common = argparse.ArgumentParser(add_help=False)
        url = os.environ.get("BACKORDERS_URL") or HERE
        self._common.add_argument("--url", default=url, help=f"address of the API ({url}; BACKORDERS_URL=)")
        self._common.add_argument("--json", action="store_true", help="for programs")
        self._common.add_argument("--yes", action="store_true", help="ask nothing")

    def add(self, name: str, run: Run, about: str) -> argparse.ArgumentParser:
        """One more command."""
        command = self._commands.add_parser(name, parents=[self._common], help=about, description=about)
        command.set_defaults(run=run)
        return command

    def group(self, name: str, about: str) -> _Commands:
        """Commands about one kind of thing, behind its name."""
        return _Commands(self._commands.add_parser(name, help=about, description=about))


def parser() -> argparse.ArgumentParser:
    """All commands."""
    whole = Parser(prog="backorders", description="The operator's hands: what there is, and what to do.")
    commands = _Commands(whole)
    _looking(commands)
    _acting(commands)
    _buying(commands)
    _books(commands)
    _customers(commands)
    commands.add("dead-letters", _elsewhere, "list, explain and redrive dead letters: has options of its own")
    return whole


def _elsewhere(session: Session, options: argparse.Namespace) -> Report:  # noqa: ARG001 - called like the others
    raise ValueError("dead-letters comes first: backorders dead-letters ...")


def _looking(commands: _Commands) -> None:
    listing = commands.add("list", looking.list_, "orders, the open ones oldest first")
    for name in ("--status", "--sku", "--storefront"):
        listing.add_argument(name)
    listing.add_argument("--customer", dest="customer_id", metavar="ID", help="the shop's id of a customer")
    listing.add_argument("--order-id", metavar="ID", help="the shop's order number; with --storefront")
    _most(listing)
    search = commands.add("search", looking.search, "orders by id, number, customer, item or a part of any of them")
    search.add_argument("term", metavar="TERM")
    search.add_argument("--storefront", help="only its orders; finds finished ones by number and customer too")
    for command in (listing, search):
        command.add_argument("--lines", action="store_true", help="lines instead of orders")
    show = commands.add("show", looking.show, "one order")
    show.add_argument("--history", action="store_true", help="and everything that happened to it")
    explain = commands.add("explain", looking.explain, "why lines wait, until when, and what would make it sooner")
    for command in (show, explain):
        command.add_argument("backorder_id", metavar="BACKORDER_ID")
    explain.add_argument("line_id", metavar="LINE_ID", nargs="?", help="all that are not over when left out, or all")
    queue = commands.add("queue", looking.queue, "who waits for an item, in order")
    _most(queue)
    stock = commands.add("stock", looking.stock, "the counters of an item")
    for command in (queue, stock):
        command.add_argument("sku", metavar="SKU")
    simulate = commands.add("simulate", looking.simulate, "what changes would mean for everybody; nothing is written")
    simulate.add_argument("change", metavar="CHANGE", nargs="+", help='"receipt sku=TEAPOT quantity=4", or JSON')
    simulate.add_argument("--sku", action="append", default=[], help="a queue to look at besides (may be repeated)")


def _acting(commands: _Commands) -> None:
    prioritise = commands.add("prioritise", acting.prioritise, "give an order another head start")
    prioritise.add_argument("backorder_id", metavar="BACKORDER_ID")
    prioritise.add_argument("priority", metavar="PRIORITY", help="standard, silver, gold, critical, or one of yours")
    recall = commands.add("recall", acting.recall, "take a release back from the warehouse")
    recall.add_argument("release_id", metavar="RELEASE_ID")
    resume = commands.add("resume", acting.resume, "let an order release by itself again after a recall")
    resume.add_argument("backorder_id", metavar="BACKORDER_ID")
    plan = commands.add("plan", acting.plan, "plan purchase orders now; what would be ordered is shown first")
    plan.add_argument("--supplier", action="append", metavar="ID", help="only this one (may be repeated)")
    plan.add_argument("--dry-run", action="store_true", help="show it, order nothing")
    for command in (prioritise, recall, resume, plan):
        _reason(command)
    switches = commands.add("switch", acting.switches, "see or move the feature switches; they work at once")
    switches.add_argument("name", nargs="?", choices=sorted(acting.SWITCHES))
    switches.add_argument("to", nargs="?", choices=("on", "off"))
    switches.add_argument("--reason", help="why; kept in the trail of actions")


def _buying(commands: _Commands) -> None:
    group = commands.group("purchase-orders", "orders to suppliers: list, show, approve, acknowledge, cancel, close")
    listing = group.add("list", buying.list_, "orders to suppliers, oldest first")
    listing.add_argument("--status")
    listing.add_argument("--supplier", dest="supplier_id", metavar="ID")
    _most(listing)
    show = group.add("show", buying.show, "one order with its lines and what happened to it")
    approve = group.add("approve", buying.approve, "approve an order, or order a held one anyway; it is sent")
    acknowledge = group.add("acknowledge", buying.acknowledge, "enter what the supplier said, when he comes")
    acknowledge.add_argument("--date", metavar="DAY", help="when what he was not asked about singly arrives")
    about = "what he said of one item: a day, a number of units or both, SKU=2026-12-24 or SKU=5@2026-12-24"
    acknowledge.add_argument("--line", action="append", default=[], metavar="SKU=ANSWER", help=about)
    cancel = group.add("cancel", buying.cancel, "call off what is still open of an order")
    short = group.add("close-short", buying.close_short, "stop waiting for the rest of an order")
    for command in (show, approve, acknowledge, cancel, short):
        command.add_argument("purchase_order_id", metavar="PURCHASE_ORDER_ID")
    for command in (approve, cancel, short):
        _reason(command)


def _books(commands: _Commands) -> None:
    audit = commands.add("audit", books.audit, "look at the books of items and orders; of all items if none is named")
    audit.add_argument("sku", metavar="SKU", nargs="*")
    audit.add_argument("--order", action="append", default=[], metavar="BACKORDER_ID")
    repair = commands.add("repair", books.repair, "bring an item's counters to what lines and ledger say")
    repair.add_argument("sku", metavar="SKU")
    repair.add_argument("--repair-id", metavar="ID", help="done once under it (a new one)")
    repair.add_argument("--dry-run", action="store_true", help="show it, write nothing")
    _reason(repair)
    _most(commands.add("actions", books.actions, "what operators did, latest first"))


def _customers(commands: _Commands) -> None:
    export = commands.add("export", customers.export, "all that is known of the owner of a mailbox")
    export.add_argument("--output", type=Path, metavar="FILE", help="a new file for it, instead of standard output")
    erase = commands.add("erase", customers.erase, "forget the owner of a mailbox; every count stays")
    erase.add_argument("--cancel-open", action="store_true", help="cancel what of his orders is still open")
    erase.add_argument("--dry-run", action="store_true", help="show it, erase nothing")
    for command in (export, erase):
        command.add_argument("email", metavar="EMAIL", help="- reads it from standard input")
        _reason(command)


def _reason(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", required=True, help="why; kept in the audit trail, so nothing about persons")


def _most(command: argparse.ArgumentParser) -> None:
    command.add_argument("--most", type=_number, default=_MOST, metavar="N", help=f"at most so many ({_MOST})")


def _number(text: str) -> Any:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 up")
    return int(text)
