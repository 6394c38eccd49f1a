"""The settings document and the table."""

from __future__ import annotations

from dataclasses import asdict

from shared.aws import keys
from shared.aws.marshal import Item
from shared.settings.model import Contact, MerchantSettings


def settings_item(settings: MerchantSettings) -> Item:
    return {"kind": "settings", **keys.SETTINGS, "version": settings.version, "values": asdict(settings)}


def settings_from(item: Item | None) -> MerchantSettings:
    """The stored document over the defaults; values of an older release may be missing."""
    if item is None:
        return MerchantSettings()
    values = {name: value for name, value in item["values"].items() if name in MerchantSettings.__dataclass_fields__}
    contact = Contact(**values.pop("contact", {}))
    return MerchantSettings(**values | {"contact": contact, "version": item["version"]})
