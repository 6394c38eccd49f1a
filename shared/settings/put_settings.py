"""Replace the merchant's settings as a whole; what a client leaves out goes back to its default."""

from __future__ import annotations

from dataclasses import replace

from shared.kernel.errors import PreconditionFailed
from shared.settings.model import MerchantSettings
from shared.settings.ports import SettingsStore

_TRIES = 3


def put_settings(wanted: MerchantSettings, *, expected: int | None, store: SettingsStore) -> MerchantSettings:
    """Store `wanted` (its version counts for nothing) and return it with its version.

    `expected` is the version the client has read, if it says so; then a change in between is PreconditionFailed.
    Otherwise the last writer wins. The same document again keeps its version.
    """
    for left in reversed(range(_TRIES)):
        current = store.read()
        if expected is not None and expected != current.version:
            break
        new = replace(wanted, version=current.version + 1)
        if current.version and replace(new, version=current.version) == current:
            return current
        try:
            store.replace(new, expected=current.version)
        except PreconditionFailed:
            if not left:
                raise
            continue
        return new
    raise PreconditionFailed("the settings have changed since; read them again")
