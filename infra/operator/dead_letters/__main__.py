"""`python -m infra.operator.dead_letters list | explain MESSAGE_ID | redrive QUEUE`: see `docs/dead-letters.md`.

Without `--stack` it looks at the service on this machine, at BACKORDERS_URL if that is set. Exits with 0 if all is
well, 1 if it could not be done or there was nothing to do, 2 for arguments that make no sense.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from infra.operator.dead_letters import reports, text
from infra.operator.dead_letters.aws import StackInAws
from infra.operator.dead_letters.local import LocalService
from infra.operator.dead_letters.model import Place, Trouble
from infra.operator.dead_letters.trail import checked
from infra.operator.output import Parser, failed, show

_MOST_A_SECOND = 500  # SQS moves no faster

_HERE = f"http://127.0.0.1:{os.environ.get('PORT') or '8080'}"  # where `make run` answers


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code."""
    parser, as_json = _parser(), "--json" in arguments
    try:
        options = parser.parse_args(arguments)
        _check_reason(options)
        place = _place(options)
    except SystemExit as stopped:
        return int(stopped.code or 0)
    except ValueError as error:
        failed(parser.prog, error, code="usage", as_json=as_json)
        return 2
    except Trouble as trouble:
        failed(parser.prog, trouble, code="trouble", as_json=as_json)
        return 1
    try:
        _run(options, place)
    except Trouble as trouble:
        failed(parser.prog, trouble, code="trouble", as_json=as_json)
        return 1
    return 0


def _run(options: argparse.Namespace, place: Place) -> None:
    if options.command == "list":
        report, shown = reports.listing(place, options.show), text.listed
    elif options.command == "explain":
        report, shown = reports.explanation(place, options.message_id), text.explained
    else:
        only = frozenset(options.only)
        reason = None if options.dry_run else options.reason
        report = reports.redriven(place, options.queue, only, options.rate, reason=reason)
        shown = text.redriven
    show(json.dumps(report, ensure_ascii=False, indent=2) if options.json else "\n".join(shown(report)))


def _check_reason(options: argparse.Namespace) -> None:
    if options.command == "redrive" and not options.dry_run:
        options.reason = checked(options.reason or "")


def _place(options: argparse.Namespace) -> Place:
    if options.stack is None and options.region is not None:
        raise ValueError("--region belongs to --stack")
    return StackInAws.connect(options.stack, options.region) if options.stack else LocalService(options.local)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="dead-letters", description="Messages that used up their tries.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="list|explain|redrive")
    common = Parser(add_help=False)
    where = common.add_mutually_exclusive_group()
    url = os.environ.get("BACKORDERS_URL") or _HERE
    said = f"a service on this machine ({url}; PORT=, BACKORDERS_URL=)"
    where.add_argument("--local", metavar="URL", default=url, help=said)
    where.add_argument("--stack", metavar="NAME", help="a stack in the account of your AWS credentials")
    common.add_argument("--region", help="of the stack, if not that of your AWS settings")
    common.add_argument("--json", action="store_true", help="for programs")
    listing = commands.add_parser("list", parents=[common], help="the queues, their oldest letters and why they died")
    listing.add_argument("--show", metavar="N", type=_number(10_000), default=3, help="letters a queue (3)")
    explain = commands.add_parser("explain", parents=[common], help="one letter: content, reason, what to do")
    explain.add_argument("message_id", metavar="MESSAGE_ID")
    redrive = commands.add_parser("redrive", parents=[common], help="send letters back to their work queue")
    redrive.add_argument("queue", metavar="QUEUE", help="the dead-letter queue, or its work queue")
    redrive.add_argument("--only", metavar="MESSAGE_ID", action="append", default=[], help="this one (may be repeated)")
    redrive.add_argument("--rate", metavar="N", type=_number(_MOST_A_SECOND), help="at most N a second (in an account)")
    redrive.add_argument("--reason", help="why; kept in the audit trail, so nothing about persons")
    redrive.add_argument("--dry-run", action="store_true", help="say what would go, move nothing")
    return parser


class _number:  # noqa: N801 - reads as a type where it is used
    """A whole number from 1 to `most`."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= self._most:
            raise argparse.ArgumentTypeError(f"{text} is not a number from 1 to {self._most}")
        return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
