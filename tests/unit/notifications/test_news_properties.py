"""News over random lives of an order: nothing twice, nothing forgotten, nothing without a reason."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.backorders.model import MOVES, Line
from shared.kernel.clock import micros
from shared.notifications.news import STRENGTH, news_of
from shared.notifications.told import Told, snapshot
from shared.settings.model import MerchantSettings
from tests.unit.notifications.orders import NOW, line, moved, order, promised

SETTINGS = MerchantSettings()
MOVE_NAMES = [*sorted(set(MOVES) - {"amend"}), "ship"]

orders = st.lists(st.integers(1, 9), min_size=1, max_size=4).map(
    lambda units: [line(position, waiting=n) for position, n in enumerate(units)]
)
move = st.tuples(st.just("move"), st.integers(0, 3), st.sampled_from(MOVE_NAMES), st.integers(1, 9))
redate = st.tuples(st.just("date"), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 60)))
steps = st.lists(st.one_of(move, redate, st.tuples(st.just("wait"), st.integers(1, 200))), max_size=25)


def applied(lines: list[Line], step: tuple) -> list[Line]:  # type: ignore[type-arg]
    """The lines after a step, as far as the rules of moves allow it."""
    if step[0] == "wait":
        return lines
    at = step[1] % len(lines)
    changed = lines[at]
    if step[0] == "date":
        changed = promised(changed, step[2])
    else:
        sources, target = MOVES[step[2]]
        for source in sources:
            units = min(step[3], getattr(changed, source))
            if units:
                changed = moved(changed, source, target, units)
    return [*lines[:at], changed, *lines[at + 1 :]]


@given(orders, steps, st.data())
def test_telling_leaves_nothing_to_tell_and_names_the_strongest(lines, steps, data) -> None:  # type: ignore[no-untyped-def]
    told, now = Told(), NOW
    for step in steps:
        now += timedelta(hours=step[1]) if step[0] == "wait" else timedelta(0)
        lines = applied(lines, step)
        view = order(*lines)
        news = news_of(view, told, SETTINGS, now)
        assert (news.strongest is None) == (not news.changes)
        assert list(news.kinds) == sorted(set(news.kinds), key=STRENGTH.index)
        if news and data.draw(st.booleans()):
            told = snapshot(view, told, now)
            later = now + timedelta(days=data.draw(st.integers(0, 400)))
            here_or_awaited = any(at.waiting or at.allocated or at.released for at in lines)
            silent = later - now >= timedelta(days=30) and here_or_awaited
            assert news_of(view, told, SETTINGS, later).kinds == (("still_waiting",) if silent else ())


@given(orders, steps)
def test_every_unit_shipped_or_cancelled_is_told_exactly_once(lines, steps) -> None:  # type: ignore[no-untyped-def]
    told, now, sums = Told(), NOW, {"shipped": 0, "cancelled": 0}
    for step in steps:
        lines = applied(lines, step)
        view = order(*lines)
        news = news_of(view, told, SETTINGS, now)
        for kind in sums:
            sums[kind] += sum(change.units for change in news.of(kind))
        if news:
            told = snapshot(view, told, now)
    for kind, units in sums.items():
        assert units == sum(getattr(at, kind) for at in lines) if steps else units == 0


@given(orders, steps)
def test_a_customer_told_of_all_news_knows_every_date_within_the_threshold(lines, steps) -> None:  # type: ignore[no-untyped-def]
    told, now = Told(), NOW
    for step in steps:
        now += timedelta(hours=step[1]) if step[0] == "wait" else timedelta(0)
        lines = applied(lines, step)
        view = order(*lines)
        if news_of(view, told, SETTINGS, now):
            told = snapshot(view, told, now)
        for at in lines:
            if at.waiting:
                was, is_now = told.lines[at.position].by, at.promises[-1].by
                assert (was is None) == (is_now is None)
                if was is not None and is_now is not None:
                    allowed = max(timedelta(days=7) / timedelta(microseconds=1), 0.2 * (was - micros(now)))
                    assert abs(is_now - was) <= allowed


@given(orders, steps, steps)
def test_news_depends_on_what_was_told_and_not_on_the_way_to_it(lines, first, second) -> None:  # type: ignore[no-untyped-def]
    for step in first:
        lines = applied(lines, step)
    told = snapshot(order(*lines), Told(), NOW)
    for step in second:
        lines = applied(lines, step)
    view = order(*lines)
    assert news_of(view, told, SETTINGS, NOW) == news_of(view, told, SETTINGS, NOW)
    again = snapshot(view, told, NOW)
    assert again.lines == snapshot(view, Told(), NOW).lines
