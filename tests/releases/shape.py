"""What is frozen of a release: one of everything it wrote, in as few shops as show it all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_TELLING = frozenset({"type", "kind", "what", "source", "detail-type", "state", "about", "reason"})
"""Fields whose values are names of the code's own."""

_NUMBERED = re.compile(r"\d+$")  # of a day's demand

Facet = tuple[str, ...]


def facets(shop: Mapping[str, Any]) -> Iterator[Facet]:
    """What a shop is an example of: attributes of its kinds of items, changes nobody read yet, messages, events."""
    for item in shop["items"]:
        kind = kind_of(item)
        for name, value in item.items():
            yield "item", kind, _NUMBERED.sub("<n>", name), next(iter(value))
    for change in shop["unread"]:
        image = change["new"] or change["old"]
        done = "written" if change["old"] is None else "changed" if change["new"] else "deleted"
        yield "change", kind_of(image), done
    for message in shop["messages"]:
        yield "message", message["queue"], message_shape(message["body"])
    for link in shop["links"]:
        yield "link", link.split("/")[1]


def kind_of(item: Mapping[str, Any]) -> str:
    """The kind that an item says it is; counters without one are called by their keys."""
    if "kind" in item:
        return str(item["kind"]["S"])
    return f"{item['pk']['S'].partition('#')[0]}/{item['sk']['S'].partition('#')[0]}"


def message_shape(body: str) -> str:
    """The names in a message, without what they stand for."""
    try:
        return _shape(json.loads(body))
    except ValueError:
        return "not JSON"


def _shape(value: Any, name: str = "") -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shape(inner, key)}" for key, inner in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + " | ".join(sorted({_shape(inner) for inner in value})) + "]"
    return str(value) if name in _TELLING else type(value).__name__


def fewest(shops: Iterable[tuple[frozenset[Facet], int]]) -> list[int]:
    """Which of the shops (what they show, and their size) show all that any of them shows: always next the one that
    shows most that is new for its size. What the later ones made superfluous is left out."""
    everything = list(shops)
    candidates = dict(enumerate(everything))
    missing = frozenset().union(*(shown for shown, _ in candidates.values()))
    chosen: list[int] = []
    while missing:
        best = max(candidates, key=lambda n: (len(candidates[n][0] & missing) / candidates[n][1], -n))
        missing -= candidates.pop(best)[0]
        chosen.append(best)
    for one in sorted(chosen, key=lambda n: -everything[n][1]):
        others = frozenset().union(*(everything[n][0] for n in chosen if n != one))
        if everything[one][0] <= others:
            chosen.remove(one)
    return chosen
