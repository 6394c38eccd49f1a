from __future__ import annotations

import random

from shared.promising.lead_times.learner import STRENGTHS, Learner
from shared.promising.lead_times.working_time import EVERY_DAY

DAY = 86_400_000_000
Event = tuple[int, str, str, bool]


def history(suppliers: dict[str, float], orders: int, *, seed: int = 1, until: int = 400) -> list[Event]:
    """(when, line, supplier, ordered or received) of suppliers with these median lead times, in days."""
    chance, events = random.Random(seed), []
    for supplier, median in suppliers.items():
        for n in range(orders):
            at = chance.randrange(until * DAY)
            events.append((at, f"{supplier}.{n}", supplier, True))
            events.append(
                (at + round(median * chance.lognormvariate(0, 0.3) * DAY), f"{supplier}.{n}", supplier, False)
            )
    return sorted(event for event in events if event[0] <= until * DAY)


def taught(events: list[Event]) -> Learner:
    learner = Learner(EVERY_DAY)
    for at, line, supplier, ordered in events:
        if ordered:
            learner.order(line, supplier, line, at)
        else:
            learner.end(line, at, received=True)
    return learner


def asked(learner: Learner, supplier: str, at: int, probability: float = 0.5) -> float:
    """Days from an order at `at`, which the learner learns of."""
    forecast = learner.order(f"ask {supplier} {at}", supplier, f"ask {at}", at)
    assert forecast is not None
    return (forecast.quantile(probability) - at) / DAY


def test_before_the_first_receipt_nothing_is_foretold() -> None:
    assert Learner(EVERY_DAY).order("1", "acme", "po1", DAY) is None


def test_a_supplier_is_known_by_what_he_did() -> None:
    learner = taught(history({"quick": 3, "slow": 30}, 60))
    assert 2 < asked(learner, "quick", 401 * DAY) < 4.5
    assert 22 < asked(learner, "slow", 401 * DAY) < 38


def test_an_unknown_supplier_is_as_all_are() -> None:
    learner = taught(history({"quick": 3, "slow": 30}, 60))
    assert asked(learner, "quick", 401 * DAY, 0.9) < asked(learner, "new", 401 * DAY, 0.9)


def test_own_history_counts_less_where_suppliers_are_alike() -> None:
    differ = taught(history({f"s{n}": 2.0 * 2**n for n in range(5)}, 25))
    alike = taught(history({f"s{n}": 10.0 for n in range(40)}, 4))
    assert differ.fitted[0] == min(STRENGTHS)
    assert alike.fitted[0] > differ.fitted[0]


def test_the_same_past_gives_the_same_dates() -> None:
    events = history({"a": 5, "b": 9}, 40)
    assert asked(taught(events), "a", 401 * DAY, 0.9) == asked(taught(events), "a", 401 * DAY, 0.9)


def test_a_forecast_is_never_before_now() -> None:
    learner = taught(history({"a": 5}, 40))
    at = 401 * DAY
    forecast = learner.order("late", "a", "late", at)
    assert forecast is not None
    for days in (0, 3, 30, 3000):
        now = at + days * DAY
        assert now <= forecast.quantile(0.5, now) <= forecast.quantile(0.9, now)


def test_a_supplier_who_stops_delivering_is_promised_later_at_once() -> None:
    """Ten orders out for five times their usual time, none received late yet."""
    learner = taught(history({"a": 5, "b": 5}, 60))
    for n in range(10):
        learner.order(f"stuck {n}", "a", f"stuck {n}", 401 * DAY)
    assert asked(learner, "a", 426 * DAY, 0.9) > 1.3 * asked(learner, "b", 426 * DAY, 0.9)


def test_a_withdrawn_line_is_neither_early_nor_late() -> None:
    learner = taught(history({"a": 5}, 40))
    learner.order("gone", "a", "gone", 401 * DAY)
    learner.end("gone", 402 * DAY, received=False)
    assert 3 < asked(learner, "a", 500 * DAY) < 8
