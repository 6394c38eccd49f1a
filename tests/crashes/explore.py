"""Every way in which one or two AWS calls of a story can go wrong, each in a fork of the process that begins there.

A fork that has come to the end of the invocation that was struck, in a state that another fork was in before, ends
there: what follows is the same. So the whole of a story is played once for each state it can be left in, and no pair
of faults is left out.
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from infra.local.world import World
from tests.crashes.ends import end_state, mails, unlike
from tests.crashes.labels import is_read, label
from tests.crashes.state import fingerprint
from tests.flow.conftest import Shop
from tests.flow.faults import Call, Died, Faults, Mode, Wanted, ask, insist, rest, wrong

KINDS: tuple[Mode, ...] = ("dies before", "dies after", "times out before", "times out after")
MORE_KINDS: tuple[Mode, ...] = (*KINDS, "twice", "refused")
_PATIENCE = 8
_HARMLESS_FOR_MAILS = {"twice", "refused"}
_SAME_FOR_READS = {"dies after": "dies before", "times out after": "times out before"}


@dataclass(frozen=True)
class Story:
    """Something that is wanted of a prepared shop."""

    scene: str
    name: str
    wanted: Wanted
    spoil: Callable[[Shop], None] = lambda _: None


@dataclass
class Clean:
    """A story when nothing goes wrong: the calls, with what each touches, the answer, the state in the end."""

    calls: list[tuple[str, int, str]]
    status: int
    state: dict[str, Any]
    unknown: int = 0


@dataclass
class End:
    """What became of faults: of which invocation, how the function took the last of them, and in the end.

    `equal` is the state that another run had been in before this one was ended; the end is that run's.
    """

    faults: list[tuple[str, int, str]]
    touched: list[str]
    took: str = ""
    state: str = ""
    equal: bool = False
    seconds: int = 0
    wrong: list[str] = field(default_factory=list)
    unknown: int = 0


def kinds_for(operation: str, service: str, kinds: tuple[Mode, ...]) -> Iterator[Mode]:
    """What can go wrong with a call that is not the same as something else that can: a read changes nothing, so that
    it may as well not have happened; a mail is tried once, so that nobody repeats it."""
    for kind in kinds:
        repeated_for_nothing = kind == "twice" and (is_read(operation) or service == "sesv2")
        if not (repeated_for_nothing or (kind in _SAME_FOR_READS and is_read(operation))):
            yield kind


class Explorer(Faults):
    """Plays a story and forks at every call; the parent goes on as if nothing had happened."""

    def __init__(self, shop: Shop, story: Story, clean: Clean, directory: Path, depth: int, only: str | None) -> None:
        super().__init__(shop.world)
        self._shop, self._story, self._clean = shop, story, clean
        self._directory, self._left, self._only = directory, depth, only
        self._kinds = MORE_KINDS if depth == 1 else KINDS
        self._end = End([], [])
        self._stage: list[Any] = []
        self._event = ""
        self._struck_in_this = False

    def play(self) -> None:
        """All of the story; forks leave their ends in the directory, and never return."""
        invoke = self.world.lambdas.invoke
        self.world.lambdas.invoke = self._invoked(invoke)  # type: ignore[method-assign]
        try:
            with self.at_work():
                self._story.spoil(self._shop)
                self._tell()
        except BaseException:
            if not self._end.faults:
                raise
            self._end.wrong.append(traceback.format_exc())
            self._leave()
        finally:
            self.world.lambdas.invoke = invoke  # type: ignore[method-assign]
        if self._end.faults:
            self._judge()
            self._leave()

    def _tell(self) -> None:
        self._stage = ["first"]
        status = ask(self._shop, self._story.wanted)
        struck_early = bool(self._end.faults)
        if struck_early and self._end.faults[0][1] % 2:
            self._stage = ["rest before the repeat", status]
            rest(self._shop)
        if struck_early:
            self._stage = ["repeat", self._end.faults[0][1] % 2]
            status = insist(self._shop, self._story.wanted)
            if status not in {self._clean.status, 200}:
                self._end.wrong.append(f"answered {status} instead of {self._clean.status}")
        self._stage = ["rest", status]
        quiet(self._shop)

    def at(self, call: Call, service: str, operation: str, params: dict[str, Any]) -> None:
        """Fork for each thing that can go wrong here."""
        self._end.seconds += bool(self._end.faults) and self._watched(call[0])
        if not self._left or not self._watched(call[0]):
            return
        for kind in kinds_for(operation, service, self._kinds):
            child = os.fork()
            if child:
                os.waitpid(child, 0)
                continue
            self._left -= 1
            self._end = End([*self._end.faults, (*call, kind)], [*self._end.touched, label(operation, params)])
            self._struck_in_this = True
            self.strike(kind, service, operation, params)
            return

    def _watched(self, function: str) -> bool:
        return self._only is None or function.endswith(self._only)

    def _invoked(self, invoke: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(function: Any, event: Any, *, given_away: bool = False) -> Any:
            outer, self._struck_in_this = self._struck_in_this, False
            event_before = repr(event)
            outcome = invoke(function, event, given_away=given_away)
            struck, self._struck_in_this = self._struck_in_this, outer
            if struck:
                took, answer = took_by(outcome)
                self._end.took = took
                self._meet(function.name, event_before, answer)
            return outcome

        return wrapped

    def _meet(self, *more: object) -> None:
        """End here if another fork has been in this state, and had as many faults still to come."""
        state = fingerprint(self.world, self._stage, *more)
        self._end.state = f"{state}-{self._left}"
        mine = self._directory / self._end.state
        try:
            os.close(os.open(mine, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            self._end.equal = True
            self._leave()

    def _judge(self) -> None:
        self._end.wrong += wrong(self._shop)
        self._end.wrong += unlike(end_state(self._shop), self._clean.state)
        trouble, unknown = mails(self._shop)
        self._end.wrong += trouble
        self._end.unknown = unknown - self._clean.unknown
        if self._end.unknown and {kind for _, _, kind in self._end.faults} <= _HARMLESS_FOR_MAILS:
            self._end.wrong.append("nobody was cut off, and yet nobody knows of a mail whether it left")

    def _leave(self) -> NoReturn:
        line = json.dumps(asdict(self._end)) + "\n"
        ends = os.open(self._directory / "ends", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.write(ends, line.encode())
        os._exit(0)


def took_by(outcome: Any) -> tuple[str, Any]:
    """How an invocation took what went wrong in it; and what its caller is told."""
    if outcome.error is not None:
        return ("cut off" if outcome.error.type == Died.__name__ else "failed"), None
    if not isinstance(outcome.value, dict):
        return "went on", outcome.value
    if "statusCode" in outcome.value:
        status = outcome.value["statusCode"]
        return ("went on" if status < 400 else f"answered {status}"), status
    failures = outcome.value.get("batchItemFailures")
    return ("failed" if failures else "went on"), failures


def quiet(shop: Shop) -> None:
    """Let time pass until no message is on its way, however often one has failed."""
    rest(shop)
    for _ in range(_PATIENCE):
        if not any(queue.counts() != (0, 0, 0) for queue in _working_queues(shop)):
            return
        shop.settle()


def _working_queues(shop: Shop) -> Iterator[Any]:
    sqs = shop.world.engine.sqs
    return (queue for name, queue in sqs._queues.items() if name not in shop.world.dead_letter_queues)


class Replay(Explorer):
    """The same story with these faults, from its beginning and in one piece."""

    def __init__(self, shop: Shop, story: Story, clean: Clean, faults: Iterable[tuple[str, int, Mode]]) -> None:
        super().__init__(shop, story, clean, Path(), 0, None)
        self._script = {(function, n): mode for function, n, mode in faults}
        self.end = self._end

    def at(self, call: Call, service: str, operation: str, params: dict[str, Any]) -> None:
        """Strike what was named."""
        if call in self._script:
            mode = self._script.pop(call)
            self._end.faults.append((*call, mode))
            self._end.touched.append(label(operation, params))
            self._struck_in_this = True
            self.strike(mode, service, operation, params)

    def _meet(self, *more: object) -> None:
        """Nobody else is there."""

    def _leave(self) -> None:  # type: ignore[override]
        self._end.wrong += [f"never came to {call}" for call in self._script]


def explore(shop: Shop, story: Story, clean: Clean, directory: Path, depth: int, only: str | None) -> list[End]:
    """Every end of a story in which up to `depth` calls of the function `only` (or of any) go wrong."""
    Explorer(shop, story, clean, directory, depth, only).play()
    ends = directory / "ends"
    if not ends.exists():
        return []
    return [End(**json.loads(line)) for line in ends.read_text(encoding="utf-8").splitlines()]


class _Listener(Faults):
    """Nothing goes wrong; every call is written down with what it touches."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.heard: list[tuple[str, int, str]] = []

    def at(self, call: Call, service: str, operation: str, params: dict[str, Any]) -> None:
        del service
        self.heard.append((*call, label(operation, params)))


def clean_run(shop: Shop, story: Story) -> Clean:
    """The story without faults. Raises AssertionError if something is wrong all the same."""
    faults = _Listener(shop.world)
    with faults.at_work():
        story.spoil(shop)
        status = insist(shop, story.wanted)
        quiet(shop)
    assert wrong(shop) == [], wrong(shop)
    return Clean(faults.heard, status, end_state(shop), mails(shop)[1])
