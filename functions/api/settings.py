"""Routes of the merchant's settings."""

from __future__ import annotations

from shared.contracts.settings import PutSettings, SettingsView
from shared.runtime.http import Answer, Call, O, etag, operation
from shared.settings.model import MerchantSettings
from shared.settings.put_settings import put_settings


@operation("GET", "/v1/settings", scopes=O, summary="The settings in force", answers={200: SettingsView})
def get_settings(call: Call) -> Answer:
    return _answer(call.container.settings())


@operation(
    "PUT",
    "/v1/settings",
    scopes=O,
    summary="Replace the settings; they work from the next invocation on",
    body=PutSettings,
    answers={200: SettingsView},
)
def replace_settings(call: Call) -> Answer:
    """What is left out goes back to its default."""
    wanted = call.body.to_settings()
    return _answer(put_settings(wanted, expected=call.if_match, store=call.container.settings_store))


def _answer(settings: MerchantSettings) -> Answer:
    return Answer(SettingsView.of(settings), headers={"ETag": etag(settings.version)})
