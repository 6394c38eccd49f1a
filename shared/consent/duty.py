"""Which notice is due for an order, if any: the dates customers counted on against those that can be given now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.backorders.lookup import OrderView
from shared.backorders.model import Line
from shared.consent.dates import Dates, dates_of
from shared.consent.model import Delay, OnSilence, Round
from shared.consent.rules import Rule, RulePack
from shared.kernel.clock import DAY, from_micros, micros
from shared.kernel.zones import behind
from shared.promising.promise import end_of_day

_DAY = DAY // timedelta(microseconds=1)


@dataclass(frozen=True)
class Due:
    """A round to be opened with the notice that tells of it; `rule` says what the notice has to say."""

    round: Round
    rule: Rule
    pack: RulePack


@dataclass(frozen=True)
class _Late:
    """A line's delay, which one of its delays it is (from 1), and the date it was told last."""

    delay: Delay
    nth: int
    told: int
    news: bool
    silence: OnSilence | None
    """What it means for this line: as the question that it is in says, else as its own rule does."""

    def judged(self, rule: Rule) -> Delay:
        """The delay as part of a round under this rule."""
        milder = self.silence if rule.on_silence == "cancel" and self.silence != "cancel" else None
        return replace(self.delay, milder=milder)


def notice_due(view: OrderView, pack: RulePack, now: datetime) -> Due | None:
    """The round that the delays of an order's lines ask for; None if no rule does or it was opened already.

    Late is what leaves late: units that wait, and units that are here and were not sent. A delay is foreseen once the
    likely date lies behind the one counted on or there is no date any more; a date that moved for the worse but will
    probably still be kept is no delay; what is here is late once its day has passed. Lines of a round that nobody has
    answered yet stay in question in the one that replaces it. A round has the strictest rule that one of its lines
    asks for; what silence means for a line whose own rule is milder stays as it is.

    Where silence means cancelling, a question stands: a still worse date is told but moves no deadline, or a supplier
    whose date slips day by day would keep an order alive that nobody agreed to. Further lines that are late are asked
    about by the same deadline; where that is too near, in a round of their own after it.
    """
    if not pack.rules:
        return None
    dates = dates_of(view, pack)
    lines = [line for line in view.lines if line.position in dates]
    late = [one for line in lines if (one := _late(line, dates[line.position], view, pack, now))]
    standing = _standing(view)
    if not any(one.news for one in late) or (standing and standing.deadline < _least(pack, now)):
        return None
    rule = _same(standing, pack) or _strictest(late, pack)
    if rule is None:
        return None
    delays = tuple(one.judged(rule) for one in late)
    opened = Round(
        backorder_id=view.head.id,
        n=len(view.consents.rounds) + 1,
        rule=f"{pack.name}.{rule.id}",
        opened_at=micros(now),
        deadline=standing.deadline if standing else _deadline(late, rule, view, pack, now),
        on_silence=rule.on_silence,
        delays=delays,
    )
    return Due(opened, rule, pack)


def still_late(asked: Round, view: OrderView, pack: RulePack, now: datetime) -> bool:
    """Whether anything of what was asked about leaves, or may leave, after the day its customer counts on.

    It is asked about once it will probably be late, and late no more only when it will almost certainly not be: a date
    that goes to and fro asks nobody anew every day.
    """
    dates = dates_of(view, pack)
    for line in view.lines:
        of_line = dates.get(line.position)
        if asked.concerns(line) and of_line is not None and (of_line.passed(now) or _may_be_late(of_line)):
            return True
    return False


def _may_be_late(dates: Dates) -> bool:
    if dates.counted_on is None or dates.here:
        return False
    return dates.dated if dates.by is None else dates.by > dates.counted_on


def _strictest(late: Sequence[_Late], pack: RulePack) -> Rule | None:
    rules = [rule for one in late if one.news and (rule := _rule(one.nth, one.delay, pack))]
    return max(rules, key=lambda rule: (rule.on_silence == "cancel", rule.asks), default=None)


def _rule(nth: int, delay: Delay, pack: RulePack) -> Rule | None:
    return pack.rule(nth, None if delay.now is None else -((delay.was - delay.now) // _DAY))


def _deadline(late: Sequence[_Late], rule: Rule, view: OrderView, pack: RulePack, now: datetime) -> int:
    """The end of the last day on which an answer counts, where in the customer's country that day ends last."""
    strict = [one for one in late if one.judged(rule).milder is None] or late
    start = min(one.told if rule.deadline == "told" else one.delay.was for one in strict)
    day = end_of_day(max(start + rule.plus_days * _DAY, _least(pack, now)))
    return day + behind(view.head.customer.country, from_micros(day)) // timedelta(microseconds=1)


def _standing(view: OrderView) -> Round | None:
    """The round nobody has answered yet, if silence ends the order."""
    undecided = view.consents.undecided
    return undecided if undecided is not None and undecided.on_silence == "cancel" else None


def _same(standing: Round | None, pack: RulePack) -> Rule | None:
    """The rule of the round that stands, if it is one of this pack."""
    return next((rule for rule in pack.rules if standing and standing.rule == f"{pack.name}.{rule.id}"), None)


def _least(pack: RulePack, now: datetime) -> int:
    """Until when somebody who is asked now can answer at least."""
    return micros(now) + pack.least_answer_days * _DAY


def _late(line: Line, dates: Dates, view: OrderView, pack: RulePack, now: datetime) -> _Late | None:
    counted_on = dates.counted_on
    if counted_on is None or not _is_late(dates, counted_on, pack, now):
        return None
    undecided = view.consents.undecided
    told = undecided.delay(line.position) if undecided else None
    stands = _standing(view) is not None and told is not None and told.milder is None
    news = told is None or (pack.foreseen and not stands and _worse(dates, told.now))
    last = told.now if told is not None and told.now is not None else counted_on
    delay = Delay(line.position, line.line_id, counted_on, dates.by)
    nth = news + _rounds(line, view)
    if undecided is None or told is None or news:
        rule = _rule(nth, delay, pack)
        return _Late(delay, nth, last, news, rule.on_silence if rule else None)
    return _Late(delay, nth, last, news, told.milder or undecided.on_silence)


def _rounds(line: Line, view: OrderView) -> int:
    """Rounds about this line; all that were about a parcel were about each of its items."""
    positions = {one.position for one in view.lines} if view.head.shipping == "hold" else {line.position}
    return sum(any(asked.delay(position) for position in positions) for asked in _counting(view))


def _counting(view: OrderView) -> list[Round]:
    """The rounds that count as delays: not those that nobody was told, nor those that came to nothing with the ones
    they had replaced, for the day first counted on stands as it was."""
    told: list[Round] = []
    for asked in view.consents.rounds:
        if asked.state == "moot":
            while told and told[-1].state == "superseded":
                told.pop()
        elif asked.state != "untold":
            told.append(asked)
    return told


def _is_late(dates: Dates, counted_on: int, pack: RulePack, now: datetime) -> bool:
    if dates.passed(now) or dates.here or not pack.foreseen:
        return dates.passed(now)
    if dates.by is None:
        return dates.dated
    return dates.likely is not None and dates.likely > counted_on


def _worse(dates: Dates, told: int | None) -> bool:
    """Than the date told in the round that nobody has answered yet."""
    if told is None or dates.here:
        return False
    return dates.by is None or (dates.likely is not None and dates.likely > told)
