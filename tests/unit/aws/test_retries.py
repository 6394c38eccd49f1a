"""What AWS did and only the answer of which was lost is not done twice by the SDK behind our back.

botocore repeats a call on its own up to three times; its whole retry loop is at work here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.engine import Engine
from infra.local.engine.errors import ServiceError
from shared.aws.bus import publish
from shared.aws.clients import client
from shared.aws.queues import Message, send_all
from shared.aws.table import Put, Table, Update
from tests.functions.service import environment, running

EVENT = {"metadata": {"type": "backorder.recorded"}, "data": {}}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with running() as service:
        for name, value in environment(service.engine, "api").items():
            monkeypatch.setenv(name, value)
        yield service.engine


class LostAnswers:
    """The first answer of an operation is lost after the work was done."""

    def __init__(self, engine: Engine, operation: str) -> None:
        self.tries, self._operation = 0, operation
        engine.after.append(self._after)

    def _after(self, _caller: Any, _service: str, operation: str, _params: Any, _outcome: Any) -> None:
        if operation != self._operation:
            return
        self.tries += 1
        if self.tries == 1:
            raise ServiceError("InternalServerError", "the answer was lost", 500)


def once(engine: Engine, operation: str, act: Callable[[], object]) -> int:
    """How often an act was tried whose first answer was lost; the caller must hear of it."""
    lost = LostAnswers(engine, operation)
    with pytest.raises((ClientError, ServiceError)):
        act()
    return lost.tries


def test_a_message_without_a_deduplication_id_is_sent_once(engine: Engine) -> None:
    url = engine.sqs.url("tally-demand")
    assert once(engine, "SendMessageBatch", lambda: send_all(url, [Message({"sku": "A"})])) == 1
    assert engine.sqs.counts()["tally-demand"].visible == 1


def test_a_message_with_one_may_be_sent_again_and_is_there_once(engine: Engine) -> None:
    url, lost = engine.sqs.url("allocate-stock.fifo"), LostAnswers(engine, "SendMessageBatch")
    send_all(url, [Message({"sku": "A"}, group="g", dedup="d")])
    assert lost.tries == 2
    assert engine.sqs.counts()["allocate-stock.fifo"].visible == 1


def test_an_event_is_published_once(engine: Engine) -> None:
    assert once(engine, "PutEvents", lambda: publish("bus", "backorders", [EVENT])) == 1


def test_a_write_that_was_done_and_is_repeated_changes_nothing_more(engine: Engine) -> None:
    table, key = Table("Table"), {"pk": "a", "sk": "b"}
    table.write(Put({**key, "n": 1}, fresh=True))
    lost = LostAnswers(engine, "TransactWriteItems")
    other = Put({"pk": "a", "sk": "c"}, fresh=True)
    table.transact([Update(key, plus={"n": 1}, when="attribute_exists(pk)"), other])
    assert (lost.tries, table.get(key)) == (2, {**key, "n": 2})


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "events", "sesv2", "secretsmanager"])
@pytest.mark.parametrize("attempts", [1, 4])
def test_a_slow_call_ends_well_inside_the_shortest_function(service: str, attempts: int) -> None:
    config = client(service, attempts=attempts).meta.config
    assert config.connect_timeout + config.read_timeout <= 29 - 2
    assert config.retries["total_max_attempts"] == attempts
