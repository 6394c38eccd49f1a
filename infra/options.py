"""What a merchant may choose: the CDK context of `cdk.json` (or `-c key=value`), checked once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_STAGE = re.compile(r"[a-z][a-z0-9]{0,11}")
_URL = re.compile(r"https://[a-z0-9.-]{1,253}(/[A-Za-z0-9/_-]*)?")
_DIGITS = 9
_FOLDER = re.compile(r"https?://[A-Za-z0-9./:~%@_-]{1,190}/")


@dataclass(frozen=True)
class Options:
    """Context of the stack.

    stage              `prod` keeps plain names; any other stage prefixes them, so that two fit into one account
    mail_domain        domain that sends the mail, verified in SES by DNS records
    public_url         where the API is reached, if not under its own address: links in mails lead there
    alarm_email        subscribed to the alarms, if given
    spend_per_day_usd  dollars a day from which on an alarm tells that it costs unusually much; a whole number
    runbooks           where this repository can be read, up to `docs/`: alarms link to their runbooks there
    jwt_issuer         an issuer of your own instead of Cognito; needs `jwt_audience` (comma separated)
    canary             `on` (a tenth of the work goes to a new version first), or `off`
    storefront_clients names of the storefronts that get credentials (comma separated)
    """

    stage: str = "prod"
    mail_domain: str = "example.com"
    public_url: str = ""
    alarm_email: str = ""
    spend_per_day_usd: int = 10
    runbooks: str = ""
    jwt_issuer: str = ""
    jwt_audience: tuple[str, ...] = ()
    storefront_clients: tuple[str, ...] = ("storefront",)
    canary: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError for a choice that could not be deployed."""
        if not _STAGE.fullmatch(self.stage):
            raise ValueError(f"context stage: {self.stage!r} is not 1 to 12 lower-case letters and digits")
        if self.public_url and not _URL.fullmatch(self.public_url):
            raise ValueError(f"context public_url: {self.public_url!r} is not an https address")
        if self.runbooks and not _FOLDER.fullmatch(self.runbooks):
            raise ValueError(
                f"context runbooks: {self.runbooks!r} is not an address of at most 200 characters with / last"
            )
        if bool(self.jwt_issuer) != bool(self.jwt_audience):
            raise ValueError("context jwt_issuer and jwt_audience: give both or neither")
        if not self.storefront_clients:
            raise ValueError("context storefront_clients: name at least one")

    @classmethod
    def from_context(cls, read: Callable[[str], object]) -> Options:
        """Options from context values; a key that is not set keeps its default."""

        def text(key: str, default: str) -> str:
            value = read(key)
            return default if value is None else str(value).strip()

        def names(key: str, default: str) -> tuple[str, ...]:
            return tuple(name.strip() for name in text(key, default).split(",") if name.strip())

        canary = text("canary", "on")
        if canary not in ("on", "off"):
            raise ValueError(f"context canary: {canary!r} is neither on nor off")
        spend = text("spend_per_day_usd", str(cls.spend_per_day_usd))
        if not (spend.isascii() and spend.isdigit() and len(spend) < _DIGITS and int(spend) > 0):
            raise ValueError(f"context spend_per_day_usd: {spend!r} is not a whole number of dollars above 0")
        return cls(
            stage=text("stage", cls.stage),
            mail_domain=text("mail_domain", cls.mail_domain),
            public_url=text("public_url", cls.public_url),
            alarm_email=text("alarm_email", cls.alarm_email),
            spend_per_day_usd=int(spend),
            runbooks=text("runbooks", cls.runbooks),
            jwt_issuer=text("jwt_issuer", cls.jwt_issuer),
            jwt_audience=names("jwt_audience", ""),
            storefront_clients=names("storefront_clients", "storefront"),
            canary=canary == "on",
        )

    def name(self, base: str) -> str:
        """The physical name of something called `base`."""
        return base if self.stage == "prod" else f"{self.stage}-{base}"

    @property
    def stack_name(self) -> str:
        """Name of the CloudFormation stack."""
        return "Backorders" if self.stage == "prod" else f"Backorders-{self.stage}"
