"""The settings document in the table: one item, written against its version."""

from __future__ import annotations

from shared.aws import keys
from shared.aws.settings_items import settings_from, settings_item
from shared.aws.table import ConditionLost, Put, Table
from shared.aws.trail_store import action_put
from shared.kernel.errors import PreconditionFailed
from shared.settings.model import MerchantSettings
from shared.trail.model import Action


class TableSettings:
    """`shared.settings.ports.SettingsStore` on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self) -> MerchantSettings:
        """The stored document over the defaults in code; version 0 when nothing was ever stored."""
        return settings_from(self._table.get(keys.SETTINGS))

    def replace(self, settings: MerchantSettings, *, expected: int, action: Action) -> None:
        """Store `settings` if the stored version is still `expected` (0: nothing stored yet)."""
        item = settings_item(settings)
        put = Put(item, fresh=True) if expected == 0 else Put(item, when="#version = :is", values={"is": expected})
        try:
            self._table.transact([put, action_put(action)])
        except ConditionLost as lost:
            raise PreconditionFailed("the settings have been changed in between") from lost
