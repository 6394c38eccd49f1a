"""Makes this process repeatable: nobody really sleeps, and chance comes from the seed.

What is patched is the standard library, because that is where botocore and the use cases take their waiting and their
identifiers from. `prepare` comes before the first handler is imported: a default argument keeps what it was given.
"""

from __future__ import annotations

import random
import sys
import time
import uuid
from typing import Any

from botocore.signers import RequestSigner


class Stopwatch:
    """Seconds that passed for the functions: what calls cost and what was slept."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


stopwatch = Stopwatch()


def prepare() -> None:
    """Once per process, before any handler is imported."""
    early = sorted(name for name in sys.modules if name.startswith("functions.") or name == "shared.backorders.record")
    if early:
        raise RuntimeError(f"imported before time was made virtual: {early[:3]}")
    time.sleep = stopwatch.pass_by
    _leave_unsigned()


def _leave_unsigned() -> None:
    """Nobody below looks at a signature, and making them takes a seventh of the time of a seed over the wire."""
    signer: Any = RequestSigner
    signer.handler = lambda *_, **__: None


def begin(seed: int) -> None:
    """Once per seed: chance starts anew."""
    chance = random.Random(f"chance of {seed}")
    random.seed(chance.getrandbits(64))
    uuid.uuid4 = lambda: uuid.UUID(int=chance.getrandbits(128), version=4)
    stopwatch.seconds = 0.0
