"""What the service says about itself."""

from __future__ import annotations

from typing import Literal

from shared.contracts.common import Model


class Health(Model):
    status: Literal["ok"]
    stage: str
