"""Routes of the merchant's settings."""

from __future__ import annotations

from shared.contracts.settings import ChangeSettings, SettingsView
from shared.kernel import clock, ids
from shared.runtime.http import Answer, Call, O, etag, operation
from shared.settings.model import MerchantSettings
from shared.settings.put_settings import put_settings
from shared.trail.model import ChangedBy


@operation("GET", "/v1/settings", scopes=O, summary="The settings in force", answers={200: SettingsView})
def get_settings(call: Call) -> Answer:
    return _answer(call.container.settings())


@operation(
    "PUT",
    "/v1/settings",
    scopes=O,
    summary="Replace the settings; they work from the next invocation on",
    body=ChangeSettings,
    answers={200: SettingsView},
)
def replace_settings(call: Call) -> Answer:
    """What is left out goes back to its default."""
    wanted, at = call.body.to_settings(), clock.micros(clock.now())
    by = ChangedBy(call.caller.actor, call.body.reason or "", at, ids.digest(call.trace_id))
    return _answer(put_settings(wanted, expected=call.if_match, by=by, store=call.container.settings_store))


def _answer(settings: MerchantSettings) -> Answer:
    return Answer(SettingsView.of(settings), headers={"ETag": etag(settings.version)})
