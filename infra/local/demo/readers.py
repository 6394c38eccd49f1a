"""Customers who read their mails: they follow the link and decide on their page, as people do, by its forms."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

from infra.local.demo.chance import fraction
from infra.local.demo.service import Json, Service

RULE = (
    "Customers read their mail once a day at 17:30 and decide on the page behind its link, by the hash of the order: "
    "asked for consent, 60 % wait, 25 % cancel, 15 % say nothing; told of a later date for the first time, 15 % switch "
    "a line if an alternative is offered, 25 % ask for one parcel or several; told that the wait goes on, 60 % want "
    "what is ready (if they asked for one parcel) and 15 % give up a line; 4 % withdraw from what was accepted, where "
    "the law lets them.",
)

_CHOICES: dict[str, tuple[tuple[tuple[str, ...], float], ...]] = {
    "decision_needed": ((("wait",), 0.60), (("cancel",), 0.85)),
    "promise_later": ((("switch",), 0.15), (("split", "hold"), 0.40)),
    "still_waiting": ((("split",), 0.60), (("cancel",), 0.75)),
    "accepted": ((("withdraw",), 0.04),),
}
"""Per kind of mail the forms that are looked for, and up to which part of the customers they are."""

_LINK = re.compile(r"https?://[^/\s\"<>]+(/b/[A-Za-z0-9_-]+)")
_CONFLICT = 409


class _Forms(HTMLParser):
    """The forms of a page, each with what it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append({})
        elif tag == "input" and given.get("type") == "hidden" and self.found:
            self.found[-1][given["name"]] = given.get("value", "")


@dataclass
class Readers:
    """All customers with their mail programs."""

    service: Service
    read: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    _asked: set[tuple[str, str]] = field(default_factory=set)
    """(kind of mail, order) of those who have made up their mind: who wanted one parcel does not want two next week."""

    def read_mail(self) -> None:
        """Read what came since last time, and decide."""
        new = self.service.mails(self.read)
        self.read += len(new)
        for mail in new:
            about = (str(mail["kind"]), str(mail["backorder_id"]))
            if (wanted := _wanted(*about)) and (about[0] == "decision_needed" or about not in self._asked):
                self._asked.add(about)
                self._decide(mail, wanted)

    def _decide(self, mail: Json, wanted: tuple[str, ...]) -> None:
        link = _LINK.search(mail["text"])
        if link is None:
            return
        forms = _Forms()
        forms.feed(self.service.page(link[1]).text)
        form = next((form for form in forms.found if form.get("action") in wanted), None)
        if form is None:
            self.counts[f"page: no {wanted[0]} offered"] += 1
            return
        answer = self.service.page(link[1], form)
        done = "no longer possible" if answer.status == _CONFLICT else "done"
        self.counts[f"page: {form['action']} {done}"] += 1


def _wanted(kind: str, backorder_id: str) -> tuple[str, ...]:
    """The forms that this reader looks for; none for most."""
    mood = fraction("reads", kind, backorder_id)
    choices = _CHOICES.get(kind, ())
    return next((forms for forms, below in choices if mood < below), ())
