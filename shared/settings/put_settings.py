"""Replace the merchant's settings as a whole; what a client leaves out goes back to its default."""

from __future__ import annotations

from dataclasses import asdict, replace

from shared.kernel.errors import PreconditionFailed
from shared.settings.model import MerchantSettings
from shared.settings.ports import SettingsStore
from shared.trail.model import Action, ChangedBy

_TRIES = 3


def put_settings(
    wanted: MerchantSettings, *, expected: int | None, by: ChangedBy, store: SettingsStore
) -> MerchantSettings:
    """Store `wanted` (its version counts for nothing) and return it with its version. The trail says what changed.

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
            store.replace(new, expected=current.version, action=_action(current, new, by))
        except PreconditionFailed:
            if not left:
                raise
            continue
        return new
    raise PreconditionFailed("the settings have changed since; read them again")


def _action(before: MerchantSettings, after: MerchantSettings, by: ChangedBy) -> Action:
    was, now = asdict(before), asdict(after)
    changed = {
        name: {"before": was[name], "after": now[name]} for name in now if was[name] != now[name] and name != "version"
    }
    return Action(by.at, by.key, by.actor, "settings", f"version {after.version}", by.reason, changed)
