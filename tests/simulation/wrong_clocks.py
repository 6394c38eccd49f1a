"""Clocks of functions that are some time ahead or behind: none of them may be what order or safety rests on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from infra.local.clock import Clock
from shared.kernel import clock as kernel_clock

MOST_SKEWED = 300
"""Seconds; two clocks differ by twice as much at most."""


@contextlib.contextmanager
def right_but_for(clock: Clock, skew: timedelta) -> Iterator[None]:
    """The service's clock shows the world's time plus `skew`."""
    before = kernel_clock._source
    kernel_clock._source = (lambda: clock.now() + skew) if skew else clock.now
    try:
        yield
    finally:
        kernel_clock._source = before
