"""Event source mappings: what feeds which function, read from the template and checked like a deployment would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.local.function import Function
from infra.local.iam import Iam
from infra.local.patterns import Matcher, compile_pattern
from infra.local.template import Resource, TemplateError

_PROPERTIES = frozenset(
    {
        "BatchSize",
        "BisectBatchOnFunctionError",
        "DestinationConfig",
        "Enabled",
        "EventSourceArn",
        "FilterCriteria",
        "FunctionName",
        "FunctionResponseTypes",
        "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds",
        "MaximumRetryAttempts",
        "MetricsConfig",
        "ParallelizationFactor",
        "ScalingConfig",
        "StartingPosition",
        "Tags",
    }
)
_QUEUE_ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_STREAM_ACTIONS = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


@dataclass(frozen=True)
class Mapping:
    """One mapping; `window` and `maximum_age` in seconds, -1 means without limit. `uuid` is what `Ref` answers."""

    logical_id: str
    uuid: str
    function: Function
    source_arn: str
    batch_size: int
    window: int
    reports_item_failures: bool
    filters: tuple[Matcher, ...]
    bisect: bool
    retry_attempts: int
    maximum_age: int
    on_failure: str | None
    from_oldest: bool

    @classmethod
    def of(cls, resource: Resource, find: Callable[[str], Function]) -> Mapping:
        """The mapping a resource describes. Raises TemplateError for what could not be deployed."""
        properties = resource.properties
        unknown = properties.keys() - _PROPERTIES
        if unknown:
            raise TemplateError(f"{resource.logical_id}: properties the runner does not know: {sorted(unknown)}")
        source = properties["EventSourceArn"]
        is_queue = source.split(":")[2] == "sqs"
        mapping = cls(
            logical_id=resource.logical_id,
            uuid=resource.name,
            function=find(properties["FunctionName"]),
            source_arn=source,
            batch_size=int(properties.get("BatchSize", 10 if is_queue else 100)),
            window=int(properties.get("MaximumBatchingWindowInSeconds", 0)),
            reports_item_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
            filters=tuple(_filters(properties)),
            bisect=bool(properties.get("BisectBatchOnFunctionError", False)),
            retry_attempts=int(properties.get("MaximumRetryAttempts", -1)),
            maximum_age=int(properties.get("MaximumRecordAgeInSeconds", -1)),
            on_failure=properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
            from_oldest=properties.get("StartingPosition") == "TRIM_HORIZON",
        )
        mapping._check(is_queue)
        return mapping

    def _check(self, is_queue: bool) -> None:
        fifo = self.source_arn.endswith(".fifo")
        if is_queue and fifo and self.window:
            raise TemplateError(f"{self.logical_id}: a FIFO queue has no batching window")
        if is_queue and self.batch_size > 10 and (fifo or not self.window):
            raise TemplateError(f"{self.logical_id}: batches above 10 need a standard queue and a batching window")
        if is_queue and (self.bisect or self.on_failure):
            raise TemplateError(f"{self.logical_id}: bisecting and failure destinations are for streams")

    def check_rights(self, iam: Iam) -> None:
        """Raise TemplateError unless the function's role may read the source and write to the destination."""
        role = self.function.role
        actions = _QUEUE_ACTIONS if self.source_arn.split(":")[2] == "sqs" else _STREAM_ACTIONS
        for action in actions:
            iam.require(role, action, self.source_arn, self.logical_id)
        if self.on_failure is not None:
            iam.require(role, "sqs:SendMessage", self.on_failure, self.logical_id)

    def admits(self, record: dict[str, Any]) -> bool:
        """Whether a record passes the filters; without filters every record does."""
        return not self.filters or any(matches(record) for matches in self.filters)


def failed_identifiers(response: Any, sent: list[str]) -> set[str] | None:
    """The identifiers a partial batch response names as failed; None if the whole batch counts as failed.

    As Lambda reads it: nothing, an empty object or an empty list is success; an empty, missing or unknown identifier
    spoils the response.
    """
    if response is None or response == {}:
        return set()
    if not isinstance(response, dict) or "batchItemFailures" not in response:
        return None
    failures = response["batchItemFailures"]
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return None
    failed: set[str] = set()
    for failure in failures:
        identifier = failure.get("itemIdentifier") if isinstance(failure, dict) else None
        if identifier not in sent:
            return None
        failed.add(identifier)
    return failed


def _filters(properties: dict[str, Any]) -> list[Matcher]:
    criteria = properties.get("FilterCriteria", {}).get("Filters", [])
    return [compile_pattern(json.loads(item["Pattern"])) for item in criteria]
