"""Faults on the whole chain: the n-th AWS call of a function dies, is refused, is done twice, or lets another in.

Every trial runs in a fork of the process, so that all trials of a story begin in the same prepared world.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from botocore.exceptions import ReadTimeoutError

from infra.local.engine.errors import ServiceError
from infra.local.http_messages import Request
from infra.local.world import World
from shared.audit.wire import plain
from shared.kernel import ids
from tests.flow.conftest import Shop

Mode = Literal["dies before", "dies after", "times out before", "times out after", "refused", "answer lost", "twice"]
MODES: tuple[Mode, ...] = ("dies before", "dies after", "refused", "answer lost", "twice")
Call = tuple[str, int]  # function, n-th of its calls
What = Mode | Callable[[], object]

_PATIENCE = 12
_DONE = 500
_LATER = 503
_LONGEST_WAIT = 30  # seconds between two tries


class Died(BaseException):
    """The function was cut off here."""


@dataclass(frozen=True)
class Ask:
    """One HTTP request, repeated under the same key until it is answered."""

    who: str
    method: str
    path: str
    body: Any = None
    version: int | None = None

    def request(self, shop: Shop) -> Request:
        headers = {"idempotency-key": ids.digest(self.path, json.dumps(self.body))}
        if self.method == "PATCH":
            headers = {"if-match": f'"{self.version or 1}"'}
        return Request.of(self.method, self.path, json=self.body, headers=headers, token=shop.token(self.who))

    def once(self, shop: Shop) -> int:
        """One try; the status of the answer. One that says when to come again is none yet: it counts as 503."""
        shop.world.clock.tick()
        answer = shop.world.gateway.handle(self.request(shop))
        return _LATER if answer.header("retry-after") else answer.status


class Faults:
    """Counts the calls of functions; at the chosen one something goes wrong, once. `more` names further ones."""

    def __init__(
        self,
        world: World,
        at: Call | None = None,
        mode: What | None = None,
        more: Iterable[tuple[Call, What]] = (),
    ) -> None:
        self.world = world
        self._plan: dict[Call, What] = dict(more)
        if at is not None and mode is not None:
            self._plan[at] = mode
        self._planned = len(self._plan)
        self.calls: dict[str, int] = {}
        self.kinds: list[tuple[Call, str]] = []
        self._mode: What | None = None
        self._dead: str | None = None
        self._pending = False
        self._inside = False

    @property
    def happened(self) -> bool:
        """Whether everything that was to go wrong did."""
        return self._planned > 0 and not self._plan

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Faults]:
        engine = self.world.engine
        engine.before.append(self._before)
        engine.after.append(self._after)
        try:
            yield self
        finally:
            engine.before.remove(self._before)
            engine.after.remove(self._after)

    def _before(self, caller: str | None, service: str, operation: str, params: dict[str, Any]) -> None:
        name = caller or self.world.lambdas.running
        if self._inside or name is None:
            return
        if self._dead == os.environ["_X_AMZN_TRACE_ID"]:
            raise Died
        call = (name, self.calls.get(name, 0))
        self.calls[name] = call[1] + 1
        self.kinds.append((call, f"{service}.{operation}"))
        self.at(call, service, operation, params)

    def at(self, call: Call, service: str, operation: str, params: dict[str, Any]) -> None:
        """A function is about to make its n-th call."""
        if call in self._plan:
            self.strike(self._plan.pop(call), service, operation, params)

    def strike(self, what: What, service: str, operation: str, params: dict[str, Any]) -> None:
        """Something goes wrong with the call that is about to be made."""
        self._mode = what
        if callable(self._mode):
            self._inside = True
            try:
                self._mode()
            finally:
                self._inside = False
        elif self._mode == "dies before":
            self._dead = os.environ["_X_AMZN_TRACE_ID"]
            raise Died
        elif self._mode == "times out before":
            raise ReadTimeoutError(endpoint_url=service)
        elif self._mode == "refused":
            raise refusal(service, operation, params)
        elif self._mode == "twice":
            with contextlib.suppress(ServiceError):
                self.world.engine.execute(service, operation, params)
        else:
            self._pending = True

    def _after(self, *_: Any) -> None:
        if self._inside or not self._pending:
            return
        self._pending = False
        if self._mode == "dies after":
            self._dead = os.environ["_X_AMZN_TRACE_ID"]
            raise Died
        if self._mode == "times out after":
            raise ReadTimeoutError(endpoint_url="the answer came too late")
        raise ServiceError("InternalServerError", "the answer was lost", 500)


def refusal(service: str, operation: str, params: dict[str, Any]) -> ServiceError:
    """What AWS answers under load: conflicts between transactions, throttling."""
    if operation == "TransactWriteItems":
        reasons = [{"Code": "None"} for _ in params["TransactItems"]]
        reasons[-1] = {"Code": "TransactionConflict"}
        return ServiceError("TransactionCanceledException", "conflict", 400, {"CancellationReasons": reasons})
    if service == "dynamodb":
        return ServiceError("ProvisionedThroughputExceededException", "throttled")
    if service == "sesv2":
        return ServiceError("TooManyRequestsException", "slow down", 429)
    return ServiceError("ServiceUnavailable", "busy", 503)


class Wanted(Protocol):
    """Something that is wanted of the service."""

    def once(self, shop: Shop) -> int:
        """One try; the status of the answer, or what it would be."""
        ...


def ask(shop: Shop, wanted: Wanted) -> int:
    """One try; the status of the answer."""
    return wanted.once(shop)


def ask_inside(shop: Shop, wanted: Ask) -> int:
    """A request during an invocation: the clock stands still."""
    return shop.world.gateway.handle(wanted.request(shop)).status


def insist(shop: Shop, wanted: Wanted) -> int:
    """Repeat until there is an answer that is not a failure."""
    for n in range(_PATIENCE):
        status = ask(shop, wanted)
        if status < _DONE:
            return status
        wait = timedelta(seconds=min(2**n, _LONGEST_WAIT))
        shop.world.clock.advance_to(shop.world.clock.now() + wait)
    return status


def rest(shop: Shop) -> None:
    shop.settle()
    shop.settle()


def picture(shop: Shop) -> dict[str, Any]:
    """What must be the same whatever went wrong on the way: units of lines and SKUs, switches of orders, releases."""
    out: dict[str, Any] = {}
    items = [plain(item) for item in shop.items_of_table()]
    names = {item["id"]: item["order_id"] for item in items if item["kind"] == "backorder"}
    for item in items:
        if item["kind"] == "line":
            order = names.get(item["sk"].split("#")[1], "?")
            units = {b: item[b] for b in ("waiting", "allocated", "released", "shipped", "cancelled", "switched")}
            out[f"line {order}/{item['line_id']}"] = {name: n for name, n in units.items() if n}
        elif item["kind"] == "stock":
            out[f"stock {item['sku']}"] = {x: item[x] for x in ("free", "waiting", "received", "corrections")}
        elif item["kind"] == "backorder":
            kept = {name: item.get(name) for name in ("state", "shipping", "release", "priority", "version")}
            out[f"order {item['order_id']}"] = kept | {"between": "old_rank" in item}
        elif item["kind"] == "release":
            name = f"releases {names.get(item['backorder_id'], '?')} {item['status']}"
            out[name] = out.get(name, 0) + sum(values[3] for values in item["lines"])
        elif item["kind"] == "entry" and item["pk"] == "OPEN" and item["sk"] in names:
            out[f"listed {names[item['sk']]}"] = True
    return out


def different(found: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {found.get(name)} instead of {expected.get(name)}"
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    ]


def wrong(shop: Shop) -> list[str]:
    """Violations of the books and dead letters."""
    found = [f"{v['rule']} {v['where']}: {v['detail']}" for v in shop.violations()]
    return found + [f"dead letter {x['queue']}: {x['body'][:80]} {x['reason']}" for x in shop.dead_letters()]


def _seldom_collect() -> None:
    """A fork lives for a second: looking for cycles would touch, and so copy, all memory it shares with its parent."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def forked(trial: Callable[[], Any]) -> Any:
    """What `trial` returns (JSON), run in a fork of this process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _seldom_collect()
        os.close(read)
        try:
            answer = json.dumps({"value": trial()})
        except BaseException:  # noqa: BLE001 - the parent raises it again
            answer = json.dumps({"error": traceback.format_exc()})
        with os.fdopen(write, "w") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    outcome = json.loads(answer)
    if "error" in outcome:
        raise AssertionError(outcome["error"])
    return outcome["value"]


def struck(
    shop: Shop, plan: Mapping[Call, What], story: Callable[[], object], judge: Callable[[], Any]
) -> dict[Call, Any]:
    """What `judge` says (JSON) at the end of a story in which one call was struck, for each of the plan's in turn.

    The shop stays as it is. Raises AssertionError if a call of the plan does not come up.
    """
    ends = forked(lambda: Branches(shop.world, plan).play(story, judge))
    found = {(name, n): said for (name, n), said in ends}
    assert found.keys() == plan.keys(), f"never made: {sorted(plan.keys() - found.keys())}"
    return found


class Branches(Faults):
    """Plays a story once and forks at every call of the plan; in the fork what is planned for it strikes there.

    All forks share what came before, so that a long story need not be played anew for each of them.
    """

    def __init__(self, world: World, plan: Mapping[Call, What]) -> None:
        super().__init__(world)
        self._branches = plan
        self._pipe: int | None = None
        self._said: list[tuple[Call, dict[str, Any]]] = []

    def play(self, story: Callable[[], object], judge: Callable[[], Any]) -> list[tuple[Call, Any]]:
        """The calls that were struck, in the order in which they came, each with what `judge` says (JSON) in the end."""
        try:
            with self.at_work():
                story()
            said: dict[str, Any] = {"value": judge() if self._pipe is not None else None}
        except BaseException:
            if self._pipe is None:
                raise
            said = {"error": traceback.format_exc()}
        if self._pipe is not None:
            with os.fdopen(self._pipe, "w") as pipe:
                pipe.write(json.dumps(said))
            os._exit(0)
        # Only here: an error raised in the middle of a handler is what handlers deal with.
        wrong = [f"{call}: {said['error']}" for call, said in self._said if "error" in said]
        assert not wrong, wrong[0]
        return [(call, said["value"]) for call, said in self._said]

    def at(self, call: Call, service: str, operation: str, params: dict[str, Any]) -> None:
        """In the fork it strikes; here it waits for the fork to end."""
        if self._pipe is not None or call not in self._branches:
            return
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            _seldom_collect()
            os.close(read)
            self._pipe = write
            self.strike(self._branches[call], service, operation, params)
            return
        os.close(write)
        with os.fdopen(read) as pipe:
            said = json.loads(pipe.read())
        os.waitpid(child, 0)
        self._said.append((call, said))
