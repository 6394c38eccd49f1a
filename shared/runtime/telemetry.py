"""What a function says about itself: structured log lines and business metrics, through Powertools.

A log line is an event name and a few fields from `FIELDS`; anything else is dropped and named in `dropped`, so that a
customer's address cannot slip in. Metrics are those of `metric_names`. Everything is built on first use and
kept per service, because the environment is only known inside an invocation.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import cache, wraps
from typing import Any, TypeVar

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from shared.aws.table import contention
from shared.kernel import cause as causes
from shared.kernel import clock
from shared.runtime import environment, invocation, spending
from shared.runtime.error_report import describe
from shared.runtime.metric_names import COST, METRICS, NAMESPACE, STAGE, VALUES

Handler = Callable[[dict[str, Any], Any], Any]
H = TypeVar("H", bound=Handler)

SERVICE = "POWERTOOLS_SERVICE_NAME"

FIELDS = frozenset(
    {
        "action", "attempt", "backorder", "bytes", "causation_id", "cause", "change", "code", "correlation_id",
        "count", "delay_seconds", "duration", "event_id", "failed", "group", "key", "kind", "line", "lines",
        "mail_kind", "message_id", "method", "moves", "operation", "order", "outcome", "part", "parts", "pointers",
        "purchase_order", "queue", "reason", "receipt", "received", "release", "revision", "route", "rows",
        "rule", "sequence", "sku", "skus", "state", "status", "supplier", "trace_id", "type", "units",
        "version", "where",
    }
)  # fmt: skip
"""Names a log line may carry: ids, counts, codes. Never names, addresses, texts, tokens or bodies."""

_VERSION = "AWS_LAMBDA_FUNCTION_VERSION"


class _Stdout:
    """Standard output of the moment: the runtime (and a test) may replace it after the logger was built."""

    def write(self, text: str) -> int:
        spending.printed(text)
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@cache
def _logger(service: str) -> Logger:
    return Logger(service=service, stream=_Stdout(), utc=True, use_rfc3339=True)  # type: ignore[arg-type]


@cache
def _metrics(service: str, stage: str, by: tuple[str, str] | None) -> AmazonCloudWatchEMFProvider:
    """Where metrics with these dimensions are kept until the invocation ends: a document has one set of them."""
    provider = AmazonCloudWatchEMFProvider(namespace=NAMESPACE, service=service)
    provider.set_default_dimensions(**{STAGE: stage, **dict([by] if by else [])})
    return provider


_taken_at: list[int | None] = [None]
_open: dict[AmazonCloudWatchEMFProvider, None] = {}
"""Those that hold something now, in the order in which they were first used."""


def _service() -> str:
    return os.environ.get(SERVICE, "unknown")


def log(event: str, **fields: Any) -> None:
    """One line about something that happened, e.g. `log("purchase_order_sent", purchase_order=id, lines=3)`."""
    _logger(_service()).info(event, stacklevel=3, **_allowed(fields))


def warn(event: str, **fields: Any) -> None:
    """One line about something an operator may have to look at."""
    _logger(_service()).warning(event, stacklevel=3, **_allowed(fields))


def failure(event: str, error: BaseException, **fields: Any) -> None:
    """An error by its kind and place. Its message stays out: it may quote what a customer wrote."""
    _logger(_service()).error(event, stacklevel=3, **_allowed(fields), **describe(error))


def caused_by(id_: str | None) -> None:
    """The change of the table, or else the message, that this work is done for; lines carry it as `causation_id`."""
    causes.caused_by(id_)


def cause() -> str | None:
    """What this work is done for, if that is one thing."""
    return causes.named()


def _allowed(fields: dict[str, Any]) -> dict[str, Any]:
    """Beside them what every line says: for what, by which version of the function, how long after it was asked for."""
    fields = {"causation_id": cause(), "version": os.environ.get(_VERSION), "duration": _age(), **fields}
    kept = {name: value for name, value in fields.items() if name in FIELDS and value is not None}
    dropped = sorted(fields.keys() - FIELDS)
    return {**kept, "dropped": dropped} if dropped else kept


def count(name: str, value: float = 1, **by: str) -> None:
    """Add to a business metric of `metric_names`; zero adds nothing. `by` names the value of its third dimension.

    Raises KeyError for a metric without a meaning, ValueError for another dimension, or a value that is not listed.
    """
    provider = _provider(name, by)
    if value:
        _add(provider, name, value)


def level(name: str, *values: float, **by: str) -> None:
    """What is, zero included, as opposed to what happened; or a measurement of each of several things."""
    provider = _provider(name, by)
    for value in values:
        _add(provider, name, value)


def took(name: str) -> None:
    """The time since the oldest of what this invocation is about was sent or asked, by the gateway's or the queue's own
    time, in the metric's unit (seconds or milliseconds); nothing where neither says when."""
    taken = _age()
    if taken is not None:
        level(name, round(taken * 1000) if METRICS[name].unit == "Milliseconds" else taken)


def _age() -> float | None:
    """Seconds since then."""
    if _taken_at[0] is None:
        return None
    return max(0, clock.micros(clock.now()) // 1000 - _taken_at[0]) / 1000


def handled(lines: int) -> None:
    """This invocation has brought so many more lines through its step (`shared.costs.steps`): they share its costs."""
    spending.handled(lines)


def _asked_at(event: Any) -> int | None:
    """Milliseconds since 1970."""
    try:
        if "requestContext" in event:
            return int(event["requestContext"]["timeEpoch"])
        return min(int(record["attributes"]["SentTimestamp"]) for record in event["Records"])
    except (KeyError, TypeError, ValueError):
        return None


def _add(provider: AmazonCloudWatchEMFProvider, name: str, value: float) -> None:
    _open[provider] = None
    provider.add_metric(name=name, unit=METRICS[name].unit, value=value)


def _provider(name: str, by: dict[str, str]) -> AmazonCloudWatchEMFProvider:
    wanted = METRICS[name].by
    if list(by) != ([wanted] if wanted else []) or any(value not in VALUES[wanted] for value in by.values()):
        raise ValueError(f"{name} is told apart by {wanted or 'nothing'}, not by {by}")
    stage = os.environ.get(environment.STAGE, "unknown")
    return _metrics(_service(), stage, (wanted, by[wanted]) if wanted else None)


def entry(handler: H) -> H:
    """Decorator of every function's handler: correlation id on each line, metrics written at the end, errors logged.

    An error still leaves the function, so that the caller (gateway, queue, scheduler) does what it does with errors.
    """

    @wraps(handler)
    def run(event: dict[str, Any], context: Any) -> Any:
        _begin(event, context)
        try:
            return handler(event, context)
        except Exception as error:
            failure("invocation_failed", error)
            raise
        finally:
            invocation.end()
            causes.begin(None)
            _flush()

    return run  # type: ignore[return-value]


def correlation_id(event: Any, context: Any) -> str:
    """The id that ties log lines to what the caller saw: the gateway's request id, else the invocation's."""
    if isinstance(event, dict):
        gateway = event.get("requestContext")
        if isinstance(gateway, dict) and isinstance(gateway.get("requestId"), str):
            return str(gateway["requestId"])
    return str(getattr(context, "aws_request_id", "") or "local")


def _begin(event: Any, context: Any) -> None:
    invocation.begin()
    _taken_at[0] = _asked_at(event)
    causes.begin(correlation_id(event, context))
    # State of the invocation replaces that of the last one: several functions may share one process locally.
    _logger(_service()).set_correlation_id(correlation_id(event, context))
    for provider in _open:
        provider.clear_metrics()
    _open.clear()
    contention.clear()
    spending.begin(_service(), os.environ.get("AWS_REGION", ""), event, context)


def _flush() -> None:
    count("WritesContended", contention.total())
    shares = spending.settle()
    with redirect_stdout(spending.Printer(sys.stdout)):
        for provider in _open:
            _write(provider)
        for share in shares:
            _tell(share)
    _open.clear()
    spending.end()


def _tell(share: spending.Share) -> None:
    """A sample for each line, so that an average over any time is that of its lines."""
    provider = _provider(COST, {"step": share.step})
    _add(provider, COST, share.dollars)
    provider.metric_set[COST]["Value"] *= share.lines
    _write(provider)


def _write(provider: AmazonCloudWatchEMFProvider) -> None:
    if provider.metric_set:
        # `set_timestamp` warns about a clock that is not the wall's; locally time is virtual on purpose.
        provider.timestamp = clock.micros(clock.now()) // 1000
        provider.flush_metrics()
