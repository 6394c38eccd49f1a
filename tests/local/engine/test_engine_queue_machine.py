"""Queues under any sequence of requests: nothing is lost, counts are right, groups keep their order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from infra.local.engine import Engine

Sent = tuple[str, int]
"""A message: its group and its number."""

INSTANT = datetime(2026, 1, 5, 9, tzinfo=UTC)
VISIBILITY = timedelta(seconds=30)


class Queues(RuleBasedStateMachine):
    """One queue with one consumer that may be slow, give up, or delete."""

    def __init__(self) -> None:
        super().__init__()
        self.now = INSTANT
        self.engine = Engine(lambda: self.now)
        self.sent: list[Sent] = []
        self.deleted: set[Sent] = set()
        self.held: list[tuple[datetime, str, Sent]] = []

    @initialize(fifo=st.booleans())
    def create(self, fifo: bool) -> None:
        self.fifo = fifo
        self.name = "q.fifo" if fifo else "q"
        properties = {"FifoQueue": fifo, "VisibilityTimeout": int(VISIBILITY.total_seconds())}
        self.url = self.engine.sqs.create_queue(self.name, properties)

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.engine.execute("sqs", operation, {"QueueUrl": self.url} | params)

    @rule(group=st.sampled_from("abc"), delay=st.integers(0, 3))
    def send(self, group: str, delay: int) -> None:
        message = (group, len(self.sent))
        kind = (
            {"MessageGroupId": group, "MessageDeduplicationId": str(message[1])}
            if self.fifo
            else {"DelaySeconds": delay}
        )
        self.call("SendMessage", MessageBody=json.dumps(message), **kind)
        self.sent.append(message)

    @rule(limit=st.integers(1, 10))
    def receive(self, limit: int) -> None:
        answer = self.call("ReceiveMessage", MaxNumberOfMessages=limit)
        received = [(m["ReceiptHandle"], tuple(json.loads(m["Body"]))) for m in answer.get("Messages", [])]
        messages = [message for _, message in received]
        assert len(set(messages)) == len(messages) <= limit
        assert not self.deleted.intersection(messages)
        assert not {message for until, _, message in self.held if until > self.now}.intersection(messages)
        if self.fifo:
            for place, (group, number) in enumerate(messages):
                ahead = {m for m in self.sent if m[0] == group and m[1] < number}
                assert ahead - self.deleted <= set(messages[:place])
        self.held += [(self.now + VISIBILITY, handle, message) for handle, message in received]

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9))
    def delete(self, which: int) -> None:
        until, handle, message = self.held.pop(which % len(self.held))
        if until > self.now:  # a later receipt may exist otherwise
            self.call("DeleteMessage", ReceiptHandle=handle)
            self.deleted.add(message)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9))
    def hand_back(self, which: int) -> None:
        _, handle, message = self.held.pop(which % len(self.held))
        if message not in self.deleted:
            self.call("ChangeMessageVisibility", ReceiptHandle=handle, VisibilityTimeout=0)

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        due = self.engine.sqs.next_due(self.now)
        hidden = self.engine.sqs.counts()[self.name]
        assert (due is None) == (hidden.delayed + hidden.in_flight == 0)
        self.now += timedelta(seconds=seconds)
        if due is not None and due > self.now:
            assert self.engine.sqs.counts()[self.name] == hidden

    @invariant()
    def nothing_is_lost_and_counts_are_right(self) -> None:
        if not hasattr(self, "url"):
            return
        messages = list(self.engine.sqs.queue(self.name).messages())
        assert {tuple(json.loads(message.body)) for message in messages} == set(self.sent) - self.deleted
        counts = self.engine.sqs.counts()[self.name]
        assert counts.in_flight == sum(message.in_flight for message in messages)
        assert counts.delayed == sum(not m.in_flight and m.visible_at > self.now for m in messages)
        assert counts.visible == len(messages) - counts.in_flight - counts.delayed


Queues.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestQueues = Queues.TestCase
