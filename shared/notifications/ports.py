"""What telling somebody needs from the outside: a way to send one mail, and the memory of what was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from shared.consent.model import Consents
from shared.kernel import ids
from shared.kernel.errors import Conflict, ServiceError, Unavailable
from shared.notifications.told import Told


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail. Its name says what it is: `<order>.csv`."""

    file_name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """One mail to one address, finished: nothing in it is rendered or translated any further.

    `locale` is the language the text is written in, `tags` names what the mail is about (`backorder_id` or
    `purchase_order_id`), so that later events of the mail provider can be matched to it. `headers` come on top of those
    that every mail has.
    """

    to: str
    kind: str
    locale: str
    subject: str
    text: str
    html: str
    tags: Mapping[str, str] = field(default_factory=dict)
    reply_to: str | None = None
    from_name: str = ""
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def mailbox_of(address: str) -> str:
    """The name we know a mailbox by without knowing its address; upper case makes no other mailbox."""
    return ids.digest(address.lower())


class MailRefused(Unavailable):
    """Definite: nothing was sent, and the same mail may be tried again."""

    code, title = "mail-refused", "The mail was not accepted"


class MailThrottled(MailRefused):
    """Nothing was sent because the provider takes no more mails this second, or this day: the news can wait."""

    code, title = "mail-throttled", "The mail provider takes no more mails for now"


class MailUnknown(ServiceError):
    """Nobody can say whether the mail was sent. It is never sent again blindly."""

    code, title, status = "mail-unknown", "The outcome of sending the mail is not known", 503


class Mailer(Protocol):
    """Sends a mail at most once."""

    def send(self, mail: Mail) -> str:
        """The provider's message id. Raises MailRefused or MailUnknown."""
        ...


NoticeState = Literal["claimed", "sent", "refused", "unknown", "suppressed", "rejected"]


@dataclass(frozen=True)
class Notice:
    """One mail to a customer. `recipient` is a hash of the address: enough to see whether it was the same one.

    `claimed`: somebody is sending it, or died doing so. `sent`: accepted by the provider. `refused`: certainly not
    sent, and its news told by a later notice. `unknown`: nobody can say; never sent again. `suppressed`: not sent,
    because the mailbox is closed. `rejected`: taken by the provider, which then refused to pass it on.
    """

    revision: int
    mail_kind: str
    kinds: tuple[str, ...]
    locale: str
    recipient: str
    claimed_at: int
    state: NoticeState = "claimed"
    sent_at: int | None = None
    message_id: str | None = None
    legal: bool = False
    """The law demands this mail."""
    repeats: int = 0
    """The revision of the notice that this one says once more, 0 if it is none."""
    repeated_by: int = 0
    """The revision of the notice that says this one once more."""
    delivery: str = ""
    """What the provider reported of it, as far as it did."""

    @property
    def reached(self) -> bool:
        """Whether the customer can have read it: it did not come back, and nobody refused to pass it on."""
        return self.state in {"claimed", "sent", "unknown"} and self.delivery != "bounced"


class Overtaken(Conflict):
    """Another worker told this order's news first, or is telling it at this moment."""

    code, title = "overtaken", "Another worker was faster"


class Notices(Protocol):
    """What customers were told, and the mails that told it. Every write is conditional."""

    def told(self, key: str) -> Told:
        """The last telling of an order; an empty one if there was none."""
        ...

    def notice(self, key: str, revision: int) -> Notice | None: ...

    def reached(self, key: str, revision: int) -> bool:
        """Whether the customer can have read the mail of that revision, or the one that said it once more."""
        ...

    def claim(self, key: str, before: Told, after: Told, notice: Notice, asked: Consents | None = None) -> None:
        """The right to send this mail: the new snapshot, a fresh notice, and what the mail asks; all or nothing.
        A notice that it repeats is marked.

        Raises Overtaken if the snapshot is not `before` any more, or its own mail is still being sent.
        """
        ...

    def record_sent(self, key: str, revision: int, message_id: str, at: int) -> None: ...

    def record_refused(self, key: str, before: Told, notice: Notice, unasked: Consents | None = None) -> None:
        """Nothing was sent: the notice is closed, the customer knows no more than `before` and was asked nothing.

        What it was to repeat is to be repeated still.
        """
        ...

    def record_unknown(self, key: str, revision: int) -> bool:
        """Whether the notice was still claimed and is now unknown. A report may still say what became of it."""
        ...

    def give_up(self, key: str, revision: int, resend_at: int) -> bool:
        """Whether no report came: it stays unknown; to be sent once more at that time (0: never)."""
        ...

    def to_repeat(self, at: int) -> Iterable[tuple[str, int]]:
        """(order key, revision) of notices of unknown outcome that are to be sent once more by now (microseconds)."""
        ...

    def leave(self, key: str, revision: int) -> None:
        """What the notice said concerns nobody any more: it is not sent again."""
        ...

    def is_closed(self, recipient: str) -> bool:
        """Whether the mailbox (by the hash of its address) must not be written to."""
        ...

    def claimed_before(self, at: int) -> Iterable[tuple[str, int]]:
        """(order key, revision) of notices claimed before that time (microseconds) whose outcome is waited for."""
        ...


class Descriptions(Protocol):
    """What items are called."""

    def describe(self, skus: Iterable[str]) -> Mapping[str, str]:
        """Descriptions of those that exist, in a constant number of calls per hundred."""
        ...
