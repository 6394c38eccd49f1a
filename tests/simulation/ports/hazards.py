"""Everything that may happen at a call, without the wire: what the stores hear after botocore's own retries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from infra.local.engine import Engine
from infra.local.engine.service import Answer, Params
from tests.simulation.accidents import Accident, Accidents
from tests.simulation.catalogue import kinds_at_call
from tests.simulation.mishaps import Call, Died, Race, happen
from tests.simulation.ports.door import Read, refusal
from tests.simulation.ports.runtime import Runtime
from tests.simulation.stillness import stopwatch
from tests.simulation.trace import Trace

T = TypeVar("T")
Do = Callable[[Read], Any]

_LATENCY = 0.01
_WHOLE = Read()
_THROTTLES = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
_TRANSACT = "TransactWriteItems"


class Hazards:
    """The door of the table in memory, and of the engine's other services. `calls` counts by function and operation."""

    def __init__(self, engine: Engine, runtime: Runtime, accidents: Accidents, trace: Trace, race: Race) -> None:
        self._through = engine.request
        self._runtime, self._accidents, self._trace, self._race = runtime, accidents, trace, race
        self.calls: Counter[tuple[str, str]] = Counter()
        self.denied: list[str] = []
        self.on_call: Callable[[str], object] = lambda who: None
        engine.request = self.request  # type: ignore[method-assign]

    def call(self, operation: str, do: Callable[[Read], T], several: int = 1) -> T:
        """One call of the table; outside of an invocation nothing happens to it."""
        if self._runtime.current is None:
            return do(_WHOLE)
        accident = self._next(f"dynamodb.{operation}")
        if accident is None:
            return do(_WHOLE)
        if accident.kind in ("race before", "race after"):
            answer: T = self._raced(accident, do)
            return answer
        done: T = _MISHAPS[accident.kind](operation, do, several, accident.chance())
        return done

    def request(self, service: str, operation: str, params: Params) -> Answer:
        """One call of a queue, the bus, the mail service or the secret."""
        run = self._runtime.current
        if run is None:
            return self._through(service, operation, params)
        call = Call(run.who, service, operation, params, self._through, None)
        accident = self._next(call.site)
        return call.done() if accident is None else happen(accident, call, self._race)

    def _next(self, site: str) -> Accident | None:
        run = self._runtime.current
        assert run is not None
        if stopwatch.seconds - run.began > run.timeout:
            run.dead = True
        if run.dead:
            raise Died
        stopwatch.pass_by(_LATENCY)
        self.calls[run.who, site] += 1
        self.on_call(run.who)
        accident = self._accidents.draw(kinds_at_call(site), site, run.who)
        self._trace.add(run.who, site, accident.kind if accident else "")
        if accident is not None and accident.kind.startswith("dies"):
            run.dead = True
        return accident

    def _raced(self, accident: Accident, do: Do) -> Any:
        if accident.kind == "race before":
            self._race(accident)
            return do(_WHOLE)
        try:
            return do(_WHOLE)
        finally:
            self._race(accident)


def _quietly(do: Do) -> None:
    """Do it; whether it was refused nobody will hear."""
    try:
        do(_WHOLE)
    except ClientError:
        return


def _dies_before(operation: str, do: Do, several: int, chance: Random) -> Any:
    raise Died


def _dies_after(operation: str, do: Do, several: int, chance: Random) -> Any:
    _quietly(do)
    raise Died


def _no_connection(operation: str, do: Do, several: int, chance: Random) -> Any:
    raise ConnectTimeoutError(endpoint_url=operation)


def _answer_lost(operation: str, do: Do, several: int, chance: Random) -> Any:
    """Done, and done again by botocore, which only hears the second answer; or nothing is heard at all."""
    _quietly(do)
    if chance.random() < 0.5:
        return do(_WHOLE)
    raise ReadTimeoutError(endpoint_url=operation)


def _throttled(operation: str, do: Do, several: int, chance: Random) -> Any:
    if operation == _TRANSACT and chance.random() < 0.5:
        raise _cancelled("ThrottlingError", several, chance)
    raise refusal(chance.choice(_THROTTLES), operation)


def _server_error(operation: str, do: Do, several: int, chance: Random) -> Any:
    raise refusal("InternalServerError", operation)


def _server_error_done(operation: str, do: Do, several: int, chance: Random) -> Any:
    _quietly(do)
    return do(_WHOLE) if chance.random() < 0.5 else _server_error(operation, do, several, chance)


def _conflict(operation: str, do: Do, several: int, chance: Random) -> Any:
    if operation == _TRANSACT:
        raise _cancelled("TransactionConflict", several, chance)
    raise refusal("TransactionConflictException", operation)


def _in_progress(operation: str, do: Do, several: int, chance: Random) -> Any:
    raise refusal("TransactionInProgressException", operation)


def _cut(operation: str, do: Do, several: int, chance: Random) -> Any:
    return do(Read(cut=chance.choice((1, 1, 2, 3))))


def _lagging(operation: str, do: Do, several: int, chance: Random) -> Any:
    return do(Read(behind=chance.randint(1, 12)))


def _cancelled(code: str, several: int, chance: Random) -> ClientError:
    reasons = ["None"] * several
    reasons[chance.randrange(several)] = code
    return refusal("TransactionCanceledException", _TRANSACT, reasons)


_MISHAPS: dict[str, Callable[[str, Do, int, Random], Any]] = {
    "dies before": _dies_before,
    "dies after": _dies_after,
    "no connection": _no_connection,
    "answer lost": _answer_lost,
    "throttled": _throttled,
    "server error": _server_error,
    "server error, done": _server_error_done,
    "transaction conflict": _conflict,
    "transaction in progress": _in_progress,
    "page cut": _cut,
    "index lag": _lagging,
    "unprocessed keys": _cut,
    "unprocessed items": _cut,
}
