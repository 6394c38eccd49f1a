"""What AWS did not take of a batch is asked for again, or is an error: nothing is left behind silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from shared.aws import bus, queues, table
from shared.aws.queues import Message, send_all
from shared.aws.table import Put, Table
from shared.kernel.errors import Unavailable

Json = dict[str, Any]


class Reluctant:
    """Takes all but the last entry of a call, for as many calls as it is told."""

    def __init__(self, times: int) -> None:
        self.times, self.taken = times, list[Any]()

    def _take(self, entries: list[Any]) -> list[Any]:
        left = entries[-1:] if self.times > 0 else []
        self.times -= 1
        self.taken += entries[: len(entries) - len(left)]
        return left

    def send_message_batch(self, QueueUrl: str, Entries: list[Json]) -> Json:  # noqa: ARG002, N803
        return {"Failed": [{"Id": entry["Id"]} for entry in self._take(Entries)]}

    def put_events(self, Entries: list[Json]) -> Json:  # noqa: N803
        return {"FailedEntryCount": len(self._take(Entries))}

    def batch_get_item(self, RequestItems: Json) -> Json:  # noqa: N803
        ((name, asked),) = RequestItems.items()
        left = self._take(asked["Keys"])
        read = [key for key in asked["Keys"] if key not in left]
        return {"Responses": {name: read}, "UnprocessedKeys": {name: {"Keys": left}} if left else {}}

    def batch_write_item(self, RequestItems: Json) -> Json:  # noqa: N803
        ((name, requests),) = RequestItems.items()
        left = self._take(requests)
        return {"UnprocessedItems": {name: left} if left else {}}

    def query(self, **request: Any) -> Json:
        page = 1 + int(request.get("ExclusiveStartKey", {"sk": {"S": "0"}})["sk"]["S"])
        key = {"pk": {"S": "a"}, "sk": {"S": str(page)}}
        return {"Items": [key], "LastEvaluatedKey": key} if page < 3 else {"Items": []}

    def put_item(self, **_: Any) -> Json:
        raise ConnectionClosedError(endpoint_url="https://dynamodb")


@pytest.fixture
def reluctant(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Reluctant]:
    def make(times: int) -> Reluctant:
        client = Reluctant(times)
        for module in (bus, queues, table):
            monkeypatch.setattr(module, "client", lambda *_, **__: client)
        return client

    return make


def test_a_refused_message_is_sent_again(reluctant: Callable[[int], Reluctant]) -> None:
    client = reluctant(2)
    send_all("queue", [Message({"n": n}) for n in range(3)])
    assert sorted(entry["MessageBody"] for entry in client.taken) == ['{"n":0}', '{"n":1}', '{"n":2}']


def test_a_message_that_is_refused_for_good_is_an_error(reluctant: Callable[[int], Reluctant]) -> None:
    reluctant(100)
    with pytest.raises(Unavailable):
        send_all("queue", [Message({"n": n}) for n in range(3)])


def test_a_refused_event_is_an_error(reluctant: Callable[[int], Reluctant]) -> None:
    reluctant(1)
    with pytest.raises(Unavailable):
        bus.publish("bus", "backorders", [{"metadata": {"type": "line.allocated"}, "data": {"n": n}} for n in range(3)])


def test_keys_left_over_are_read_too(reluctant: Callable[[int], Reluctant]) -> None:
    reluctant(2)
    keys = [{"pk": "a", "sk": str(n)} for n in range(3)]
    assert sorted(Table("t").get_many(keys)) == [("a", "0"), ("a", "1"), ("a", "2")]


def test_a_query_is_read_page_by_page_to_its_end(reluctant: Callable[[int], Reluctant]) -> None:
    reluctant(0)
    assert [item["sk"] for item in Table("t").query("a")] == ["1", "2"]


def test_writes_left_over_are_written_too(reluctant: Callable[[int], Reluctant]) -> None:
    client = reluctant(2)
    Table("t").put_idempotent({"pk": "a", "sk": str(n)} for n in range(3))
    assert len(client.taken) == 3


def test_a_table_that_does_not_answer_is_an_error(reluctant: Callable[[int], Reluctant]) -> None:
    reluctant(0)
    with pytest.raises(Unavailable):
        Table("t").write(Put({"pk": "a", "sk": "b"}))
