"""EventBridge: takes events and keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.engine.archive import Archive
from infra.local.engine.errors import ServiceError
from infra.local.engine.service import Answer, Clock, Operation, Params, Service, refuse_unknown

_MAX_ENTRIES = 10
_MAX_BYTES = 1024 * 1024
_MAX_DETAIL_TYPE = 128
_ENTRY_MEMBERS = frozenset({"Time", "Source", "Resources", "DetailType", "Detail", "EventBusName", "TraceHeader"})


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An accepted event: what a target of the bus would be given in `envelope`."""

    bus: str
    put_at: datetime
    envelope: dict[str, Any]


class EventBridge(Service):
    """PutEvents; `published` holds every accepted event in order. `from_aws` hear what AWS services report (source,
    detail type)."""

    name = "events"

    def __init__(self, clock: Clock, account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._buses = {"default"}
        self.published: Archive[PublishedEvent] = Archive()
        self.from_aws: list[Callable[[str, str], None]] = []

    def create_bus(self, name: str) -> str:
        """Create a bus and return its ARN."""
        self._buses.add(name)
        return self.arn(name)

    def arn(self, name: str) -> str:
        """ARN of a bus."""
        return f"arn:aws:events:{self.region}:{self.account}:event-bus/{name}"

    def operations(self) -> Mapping[str, Operation]:
        return {"PutEvents": self._put_events}

    def _put_events(self, params: Params) -> Answer:
        refuse_unknown("PutEvents", params, frozenset({"Entries"}))
        entries = params["Entries"]
        if not 1 <= len(entries) <= _MAX_ENTRIES:
            raise _validation_error(
                f"Value '{len(entries)} entries' at 'entries' failed to satisfy constraint: "
                f"Member must have length between 1 and {_MAX_ENTRIES}"
            )
        if sum(map(_entry_bytes, entries)) > _MAX_BYTES:
            raise _validation_error("Total size of the entries in the request is over the limit.")
        if not any(entry.get("Source") and entry.get("DetailType") and entry.get("Detail") for entry in entries):
            raise _validation_error("No entry has Source, DetailType and Detail.")
        results = [self._put(entry) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def _put(self, entry: Params) -> Answer:
        refuse_unknown("PutEvents entry", entry, _ENTRY_MEMBERS)
        for member in ("Source", "DetailType", "Detail"):
            if not entry.get(member):
                return _failed("InvalidArgument", f"Parameter {member} is not valid. Reason: {member} is required.")
        if len(entry["DetailType"]) > _MAX_DETAIL_TYPE:
            # AWS takes such an event and discards it; here its loss has to be seen.
            return _failed("InvalidArgument", f"DetailType is longer than {_MAX_DETAIL_TYPE} characters.")
        if not _is_json_object(entry["Detail"]):
            return _failed("MalformedDetail", "Detail is malformed.")
        bus = entry.get("EventBusName", "default").rsplit("/", 1)[-1]
        if bus not in self._buses:
            # AWS drops such an event behind a success; a wrong name must not pass unnoticed here.
            return _failed("InvalidArgument", f"Event bus {bus} does not exist.")
        event_id = self.issue_uuid()
        self.published.append(PublishedEvent(bus, self.clock(), self._envelope(entry, event_id)))
        return {"EventId": event_id}

    def publish_from_aws(self, source: str, detail_type: str, detail: dict[str, Any]) -> None:
        """An event of an AWS service, which goes to the default bus."""
        entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        self.published.append(PublishedEvent("default", self.clock(), self._envelope(entry, self.issue_uuid())))
        for hear in self.from_aws:
            hear(source, detail_type)

    def _envelope(self, entry: Params, event_id: str) -> dict[str, Any]:
        time = datetime.fromtimestamp(entry["Time"], UTC) if "Time" in entry else self.clock()
        return {
            "version": "0",
            "id": event_id,
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self.account,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.region,
            "resources": list(entry.get("Resources", [])),
            "detail": json.loads(entry["Detail"]),
        }


def _entry_bytes(entry: Params) -> int:
    texts = [entry.get("Source", ""), entry.get("DetailType", ""), entry.get("Detail", "")]
    size = sum(len(text.encode()) for text in texts + entry.get("Resources", []))
    return size + (14 if "Time" in entry else 0)


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):  # nested too deep to be read
        return False


def _failed(code: str, message: str) -> Answer:
    return {"ErrorCode": code, "ErrorMessage": message}


def _validation_error(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
