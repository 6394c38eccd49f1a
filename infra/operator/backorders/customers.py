"""Commands about a person: hand out what is known, forget it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.operator.backorders.session import Progress, Report, Session
from infra.operator.service import Json, Trouble

Options = argparse.Namespace
_LISTS = ("orders", "others", "kept")
_NUMBERS = ("notices", "subscriptions")


def export(session: Session, options: Options) -> Report:
    """Everything that is known of the owner of a mailbox, as JSON, into a file or onto standard output."""
    body = {"email": _email(options), "reason": options.reason}
    found = _walked(session, "/v1/customers/export", body, "looked for")
    report = {"email": body["email"], "orders": found["orders"], "others": found["others"]}
    text = json.dumps(report, ensure_ascii=False, indent=2)
    if options.output is None:
        return Report(report, [text])
    _keep(options.output, text)
    told = {"orders": len(found["orders"]), "others": len(found["others"]), "file": str(options.output)}
    return Report(told, [f"{told['orders']} order(s) and {told['others']} other trace(s) are in {told['file']}"])


def _keep(path: Path, text: str) -> None:
    """A new file that only its owner can read."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}") from None


def erase(session: Session, options: Options) -> Report:
    """Forget the owner of a mailbox: what would be erased first, then in earnest. Exits with 1 if an order is kept."""
    body = {"email": _email(options), "reason": options.reason, "cancel_open": options.cancel_open}
    tried = _walked(session, "/v1/customers/erase", body | {"dry_run": True}, "looked for")
    something = any(tried[name] for name in ("orders", *_NUMBERS))
    if options.dry_run or not something:
        return _erased(tried, would=True)
    session.confirm("Erase this person", _told(tried, would=True))
    return _erased(_walked(session, "/v1/customers/erase", body, "erased"), would=False)


def _email(options: Options) -> str:
    """`-` reads it from standard input, so that it stands in no list of processes."""
    return sys.stdin.readline().strip() if options.email == "-" else str(options.email)


def _walked(session: Session, path: str, body: Json, doing: str) -> Json:
    """All pieces of the walk, put together."""
    progress, cursor = Progress(doing), None
    whole: dict[str, Any] = dict.fromkeys(_NUMBERS, 0)
    while True:
        piece = session.service.ask("POST", path, body | ({"cursor": cursor} if cursor else {}))
        whole |= {name: whole.get(name, []) + piece.get(name, []) for name in _LISTS}
        whole |= {name: whole[name] + piece.get(name, 0) for name in _NUMBERS}
        progress.show(piece["progress"]["done"], piece["progress"]["of"])
        cursor = piece["next_cursor"]
        if cursor is None:
            progress.end()
            return whole


def _erased(done: Json, *, would: bool) -> Report:
    report = {"dry_run": would, **{name: done[name] for name in ("orders", "kept", *_NUMBERS)}}
    return Report(report, _told(done, would=would), 1 if done["kept"] else 0)


def _told(done: Json, *, would: bool) -> Iterator[str]:
    what = "would be" if would else "is"
    for one in done["orders"]:
        units = f", {one['cancelled']} open unit(s) of it cancelled" if one["cancelled"] else ""
        yield f"{one['backorder_id']} (order {one['order_id']} of {one['storefront']}) {what} erased{units}"
    for one in done["kept"]:
        yield f"{one['backorder_id']} (order {one['order_id']} of {one['storefront']}) {what} kept: {one['why']}"
    yield f"{len(done['orders'])} order(s), {done['notices']} mail(s), {done['subscriptions']} subscription(s)"
