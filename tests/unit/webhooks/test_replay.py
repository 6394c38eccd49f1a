"""A replay of more than one request can carry goes on where it stopped, and loses nothing in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from shared.kernel.clock import EPOCH, from_micros
from shared.webhooks.deliver import Delivery
from shared.webhooks.log import Record
from shared.webhooks.model import Webhook
from shared.webhooks.replay import MOST, Wanted, replay

WEBHOOK = Webhook("shop", "https://shop.example.com/", types=("sku.low",))


class Log:
    """The log of one webhook, in memory."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = list(records)

    def between(self, webhook_id: str, since: int, until: int) -> Iterator[Record]:  # noqa: ARG002 - of the port
        return (one for one in list(self.records) if since <= one.at < until)

    def mark_replayed(self, webhook_id: str, record: Record, replay: str) -> None:  # noqa: ARG002 - of the port
        at = self.records.index(record)
        self.records[at] = replace(record, state="replayed", replayed_by=replay)


def record(n: int, at: int, type_: str = "sku.low") -> Record:
    return Record({"metadata": {"id": f"e{n}", "type": type_}}, at, "given_up", 10, None, at)


def wanted(since: int = 0) -> Wanted:
    return Wanted(from_micros(since), EPOCH + timedelta(days=1), "all")


def test_a_replay_that_is_too_large_says_where_to_go_on_and_nothing_is_left_out() -> None:
    log = Log([record(n, n // 3) for n in range(2 * MOST + 5)])  # three at every time
    sent: list[Delivery] = []
    since, requests = 0, 0
    while True:
        done = replay(WEBHOOK, wanted(since), f"r{requests}", log=log, send=sent.extend)
        requests += 1
        if done.more_since is None:
            break
        assert MOST <= done.events < MOST + 3
        since = done.more_since
    assert [one.event["metadata"]["id"] for one in sent] == [f"e{n}" for n in range(2 * MOST + 5)]
    assert requests == 3


def test_a_request_ends_even_where_nothing_is_to_be_sent() -> None:
    log = Log([record(n, n, "receipt.posted") for n in range(11 * MOST)])
    done = replay(WEBHOOK, wanted(), "r", log=log, send=lambda _: None)
    assert (done.events, done.more_since) == (0, 10 * MOST)
