"""Chance that can be repeated: where something goes wrong follows from the seed, or from a list."""

from __future__ import annotations

from tests.simulation.accidents import Accidents, Script

KINDS = ("throttled", "dies before")
RATES = {"throttled": 0.1, "dies before": 0.1}


def drawn(accidents: Accidents, windows: list[int], places: int = 50) -> Script:
    """What goes wrong in these windows, each with so many places."""
    for window in windows:
        accidents.enter(window)
        for _ in range(places):
            accidents.draw(KINDS, "dynamodb.GetItem", "api")
    return {accident.place: accident.kind for accident in accidents.happened}


def test_one_seed_goes_wrong_in_the_same_places_every_time() -> None:
    first, second, other = (drawn(Accidents(seed, RATES), [0, 1, 2]) for seed in (7, 7, 8))
    assert first == second != other
    assert len(first) > 5


def test_a_window_that_is_left_out_moves_nothing_in_the_listed_others() -> None:
    everything = drawn(Accidents(7, RATES), [0, 1, 2])
    replayed = drawn(Accidents(7, {}, everything), [0, 2])
    assert replayed == {place: kind for place, kind in everything.items() if place[0] != 1}


def test_a_replay_by_the_list_goes_wrong_exactly_as_the_first_time() -> None:
    everything = drawn(Accidents(7, RATES), [0, 1, 2])
    assert drawn(Accidents(7, {}, everything), [0, 1, 2]) == everything


def test_after_the_stop_and_for_a_spared_function_nothing_goes_wrong() -> None:
    accidents = Accidents(7, {"throttled": 1.0})
    accidents.enter(0)
    accidents.spare("api")
    assert accidents.draw(KINDS, "dynamodb.GetItem", "api") is None
    accidents.spare("api", spared=False)
    assert accidents.draw(KINDS, "dynamodb.GetItem", "api") is not None
    accidents.stop()
    assert accidents.draw(KINDS, "dynamodb.GetItem", "api") is None


def test_what_is_called_rarely_goes_wrong_more_often_per_call() -> None:
    """A call that a seed makes once would else never be met by a fault."""
    first, late = 0, 0
    for seed in range(400):
        accidents = Accidents(seed, {"throttled": 0.05})
        accidents.enter(0)
        fates = [accidents.draw(KINDS, "sesv2.SendEmail", "notify") for _ in range(100)]
        first, late = first + (fates[0] is not None), late + (fates[-1] is not None)
    assert first > 3 * late > 0
