"""A queue that is read once, as far as somebody got, and gone through as often as the policy likes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from shared.aws import allocation_memory
from shared.aws.allocation_memory import ReadQueue
from shared.backorders.model import Line
from tests.unit.allocation.test_policy import a_line


class Read:
    """A queue of so many lines that notes how many were read; `fails_at` one of them, once."""

    def __init__(self, lines: int, fails_at: int | None = None) -> None:
        self.lines = [a_line(rank, 0, "A", 1) for rank in range(lines)]
        self.fails_at, self.read = fails_at, 0

    def __call__(self) -> Iterator[Line]:
        for place, one in enumerate(self.lines):
            if place == self.fails_at:
                self.fails_at = None
                raise ConnectionError
            self.read += 1
            yield one


def test_a_queue_is_read_once_and_no_further_than_somebody_got() -> None:
    read = Read(10)
    queue = ReadQueue(read)
    assert [list(islice(queue, n)) for n in (2, 4, 3)] == [read.lines[:n] for n in (2, 4, 3)]
    assert read.read == 4
    assert list(queue) == list(queue) == read.lines
    assert read.read == 10


def test_what_is_too_long_to_be_remembered_is_read_again_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocation_memory, "KEPT", 4)
    queue = ReadQueue(read := Read(10))
    assert list(queue) == list(queue) == read.lines


def test_a_read_that_was_cut_off_is_no_end_of_the_queue() -> None:
    queue = ReadQueue(read := Read(10, fails_at=5))
    with pytest.raises(ConnectionError):
        list(queue)
    assert list(queue) == read.lines
