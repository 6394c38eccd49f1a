"""What the settings need from the outside."""

from __future__ import annotations

from typing import Protocol

from shared.settings.model import MerchantSettings
from shared.trail.model import Action


class SettingsStore(Protocol):
    """The one document. Raises PreconditionFailed if the stored version is not `expected` (0: nothing stored)."""

    def read(self) -> MerchantSettings: ...

    def replace(self, settings: MerchantSettings, *, expected: int, action: Action) -> None:
        """Both or none: the document, and who changed it why."""
        ...
