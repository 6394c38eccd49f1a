"""Batch requests: ten entries, each with its own outcome."""

from __future__ import annotations

import re
from collections.abc import Callable

from infra.local.engine.errors import ServiceError
from infra.local.engine.service import Answer, Params, refuse_unknown
from infra.local.engine.sqs import contents
from infra.local.engine.sqs.errors import batch_error
from infra.local.engine.sqs.settings import MAX_MESSAGE_BYTES

_MAX_ENTRIES = 10
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def checked(params: Params, entry_name: str, members: frozenset[str]) -> list[Params]:
    """The entries, if the batch may be processed at all."""
    entries: list[Params] = params.get("Entries", [])
    if not entries:
        message = f"There should be at least one {entry_name} in the request."
        raise batch_error("EmptyBatchRequest", message)
    if len(entries) > _MAX_ENTRIES:
        message = f"Maximum number of entries per request are {_MAX_ENTRIES}. You have sent {len(entries)}."
        raise batch_error("TooManyEntriesInBatchRequest", message)
    seen = set()
    for entry in entries:
        refuse_unknown(entry_name, entry, members | {"Id"})
        if not _ENTRY_ID.fullmatch(entry["Id"]):
            message = (
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long."
            )
            raise batch_error("InvalidBatchEntryId", message)
        if entry["Id"] in seen:
            raise batch_error("BatchEntryIdsNotDistinct", f"Id {entry['Id']} repeated.")
        seen.add(entry["Id"])
    return entries


def check_total_size(entries: list[Params]) -> None:
    """Refuse a batch whose messages together are longer than one message may be."""
    total = sum(contents.size(entry.get("MessageBody", ""), entry.get("MessageAttributes", {})) for entry in entries)
    if total > MAX_MESSAGE_BYTES:
        message = f"Batch requests cannot be longer than {MAX_MESSAGE_BYTES} bytes. You have sent {total} bytes."
        raise batch_error("BatchRequestTooLong", message)


def each(entries: list[Params], action: Callable[[Params], Answer]) -> Answer:
    """Do the action for each entry; an entry that is refused fails alone."""
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"]} | action(entry))
        except ServiceError as error:
            failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
    answer: Answer = {"Successful": successful}
    if failed:
        answer["Failed"] = failed
    return answer
