"""Where a capability meets AWS: built from the environment of this invocation, kept per environment."""

from __future__ import annotations

from functools import cache, cached_property

from shared.aws.catalog_store import TableCatalog
from shared.aws.secrets import read_secret
from shared.aws.settings_store import TableSettings
from shared.aws.table import Table
from shared.kernel import clock
from shared.runtime import environment, invocation, spending
from shared.runtime.environment import Environment
from shared.runtime.signing import SigningKeys
from shared.settings.model import MerchantSettings


class Container:
    """What this function was wired to. Everything is made on first use."""

    def __init__(self, env: Environment) -> None:
        self.environment = env
        self._settings: tuple[int, MerchantSettings] | None = None

    @cached_property
    def table(self) -> Table:
        return Table(self.environment[environment.TABLE_NAME])

    @cached_property
    def catalog(self) -> TableCatalog:
        return TableCatalog(self.table)

    @cached_property
    def settings_store(self) -> TableSettings:
        return TableSettings(self.table)

    def settings(self) -> MerchantSettings:
        """The merchant's settings as of this invocation: one read in it, so that a change works at the next one."""
        current = invocation.number()
        if self._settings is None or current == 0 or self._settings[0] != current:
            self._settings = (current, self.settings_store.read())
        return self._settings[1]

    @cached_property
    def lacking(self) -> dict[str, str]:
        """By order in one parcel the SKU that it lacked when this process looked at it last: a hint."""
        return {}

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """Keys for the signatures of cursors and links."""
        arn = self.environment[environment.SIGNING_SECRET_ARN]
        return SigningKeys(lambda previous: read_secret(arn, previous=previous), lambda: clock.micros(clock.now()))


@cache
def _container(env: Environment) -> Container:
    return Container(env)


def container() -> Container:
    """The container of this invocation's environment."""
    return _container(environment.read())


def start_cold() -> None:
    """Forget every container and what is owed, as a new process would (local runner)."""
    _container.cache_clear()
    spending.start_cold()
