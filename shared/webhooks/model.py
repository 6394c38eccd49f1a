"""A webhook: where which events go, and the keys that sign them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.kernel import clock

OLD_KEY_SIGNS = timedelta(hours=24)
"""How long a key goes on signing beside the one that replaced it: a receiver has that long to learn the new one."""

MOST_KEYS = 5
MOST_WEBHOOKS = 20
GONE = "gone"


@dataclass(frozen=True)
class Key:
    """A signing secret, `whsec_` and Base64. `until` (microseconds) is when it stops signing; None is not known yet."""

    secret: str
    until: int | None = None


@dataclass(frozen=True)
class Webhook:
    """`types` empty means all. `disabled_because` says why the service itself switched it off. Newest key first."""

    webhook_id: str
    url: str
    types: tuple[str, ...] = ()
    enabled: bool = True
    disabled_because: str | None = None
    keys: tuple[Key, ...] = ()
    version: int = 0

    def takes(self, type_: str) -> bool:
        """Whether events of this type go there."""
        return self.enabled and (not self.types or type_ in self.types)

    def live_keys(self, now: datetime) -> tuple[Key, ...]:
        """The keys that sign now."""
        return tuple(key for key in self.keys if key.until is None or key.until > clock.micros(now))

    def with_key(self, secret: str, now: datetime) -> Webhook:
        """The same with a new key in front; the present one signs on for a day."""
        until = clock.micros(now + OLD_KEY_SIGNS)
        old = (key if key.until is not None else replace(key, until=until) for key in self.live_keys(now))
        return replace(self, keys=(Key(secret), *old))
