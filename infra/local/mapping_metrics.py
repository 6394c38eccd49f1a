"""What an event source mapping tells CloudWatch (`MetricsConfig: EventCount`), and how far behind a stream is."""

from __future__ import annotations

from datetime import datetime

from infra.local.mappings import Mapping
from infra.local.metric_store import MetricStore

_LAMBDA = "AWS/Lambda"


class MappingMetrics:
    """The metrics of one mapping."""

    def __init__(self, mapping: Mapping, store: MetricStore) -> None:
        self._of_mapping = {"EventSourceMappingUUID": mapping.uuid}
        self._of_function = {"FunctionName": mapping.function.name}
        self._store = store

    def polled(self, events: int, failed: bool, now: datetime) -> None:
        """A batch went to the function; `failed` if all of it comes back because the function raised."""
        self._count("PolledEventCount", events, now)
        self._count("InvokedEventCount", events, now)
        self._count("FailedInvokeEventCount", events if failed else 0, now)

    def behind(self, written_at: datetime, now: datetime) -> None:
        """The last record of a batch that goes to the function was written then."""
        age = max(0.0, (now - written_at).total_seconds())
        self._store.record(_LAMBDA, "IteratorAge", self._of_function, round(1000 * age), "Milliseconds", now)

    def given_up(self, events: int, now: datetime, *, told: bool) -> None:
        """Events that will not come again; `told` if the failure destination hears of them."""
        self._count("OnFailureDestinationDeliveredEventCount" if told else "DroppedEventCount", events, now)

    def _count(self, name: str, events: int, now: datetime) -> None:
        if events:
            self._store.record(_LAMBDA, name, self._of_mapping, events, "Count", now)
