"""Units and calls of what is done most, exactly: they do not depend on the machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench import spent
from tests.bench.allocating import half_arrives
from tests.bench.life import LONELY, MAIL, MERCHANT, Day, live
from tests.bench.recording import body, open_catalogue, record
from tests.bench.shop import Measured, opened

FILE = Path(__file__).resolve().parents[2] / "docs" / "units.json"

Json = dict[str, Any]


def recorded(lines: int) -> Json:
    """Recording one order of so many lines."""
    with opened(wire=False) as shop:
        skus = open_catalogue(shop, lines)
        return record(shop, body("order-1", skus))[1].used().as_json()


def repeated() -> Json:
    """The same order of three lines again, under another key."""
    with opened(wire=False) as shop:
        order = body("order-1", open_catalogue(shop, 3))
        record(shop, order)
        return record(shop, order)[1].used().as_json()


def allocated(lines: int) -> Json:
    """Half the demand, given to so many lines of one SKU."""
    with opened(wire=False) as shop:
        return half_arrives(shop, lines)[0].used().as_json()


def lived(day: Day) -> Json:
    """A whole life, without mail in total and by function; by step with its mails, in what AWS bills."""
    with opened(day.start, wire=False) as shop:
        measured = live(shop, day)
    functions = {name: used.as_json() for name, used in sorted(measured.by_function.items()) if name not in MAIL}
    consumed = spent.exactly(measured.spent)
    return {"lines": day.orders * day.lines, **_total(measured), "functions": functions, "consumed": consumed}


def _total(measured: Measured) -> Json:
    return measured.used(without=MAIL).as_json()


CASES: dict[str, Callable[[], Json]] = {
    "record 1 line": lambda: recorded(1),
    "record 3 lines": lambda: recorded(3),
    "record 15 lines": lambda: recorded(15),
    "repeat an order of 3 lines": repeated,
    "allocate half the demand to 100 lines": lambda: allocated(100),
}

LIVES = {"a merchant's day": MERCHANT, "a lonely order of 3 lines": LONELY}


def count() -> Json:
    """Everything, counted now."""
    return {
        "cases": {name: case() for name, case in CASES.items()},
        "life": {name: lived(day) for name, day in LIVES.items()},
    }


def written() -> Json:
    """What was counted when it was last written down."""
    read: Json = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def write() -> None:
    """Write down what is counted now."""
    FILE.write_text(json.dumps(count(), indent=2) + "\n", encoding="utf-8")
