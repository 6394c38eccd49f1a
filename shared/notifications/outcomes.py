"""What became of a mail after the provider took it: reported late, twice, out of order, or never.

Reports only ever make a mail's outcome worse or surer, so that their order does not matter. A mailbox that does not
exist, or whose owner complained, is written to no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from shared.kernel import ids
from shared.kernel.clock import micros, parse_iso
from shared.kernel.errors import Malformed
from shared.notifications.ports import mailbox_of

Delivery = Literal["sent", "delayed", "delivered", "bounced", "complained", "rejected"]
RANK: Mapping[Delivery, int] = {"sent": 0, "delayed": 1, "delivered": 2, "bounced": 3, "rejected": 3, "complained": 4}

_EVENTS: Mapping[str, Delivery] = {
    "Send": "sent",
    "DeliveryDelay": "delayed",
    "Delivery": "delivered",
    "Bounce": "bounced",
    "Reject": "rejected",
    "Rendering Failure": "rejected",
    "Complaint": "complained",
}


@dataclass(frozen=True)
class Report:
    """One event about one mail. `lasting`: the mailbox cannot or must not be written to again.

    `backorder_id` and `revision` name the notice; both are None for mails to suppliers. `kind` is that of the mail,
    None where its tags do not say. `recipients` are hashes.
    """

    delivery: Delivery
    at: int
    message_id: str
    recipients: tuple[str, ...]
    lasting: bool = False
    backorder_id: str | None = None
    revision: int | None = None
    kind: str | None = None


Noted = Literal["news", "known", "twice"]
"""`known`: something as strong was known already. `twice`: the notice went out as another mail too; it must not."""


class Outcomes(Protocol):
    """Where reports are kept."""

    def report(self, key: str, report: Report) -> Noted:
        """Note what became of a notice. A mail that was reported was sent."""
        ...

    def suppress(self, recipient: str, reason: Delivery, at: int) -> None:
        """Write to this mailbox (by the hash of its address) no more."""
        ...


def read_report(event: Mapping[str, Any]) -> Report:
    """A report of SES as EventBridge delivers it. Raises Malformed for anything else.

    Source: Amazon SES developer guide, "Examples of event data that Amazon SES publishes to EventBridge".
    """
    try:
        detail = event["detail"]
        kind = _EVENTS[detail["eventType"]]
        mail, about = detail["mail"], detail.get(_ABOUT.get(kind, ""), {})
        tags = mail.get("tags", {})
        at = micros(parse_iso(about.get("timestamp") or mail["timestamp"]))
        addresses = [one["emailAddress"] for one in about.get(_WHOM.get(kind, ""), ())] or mail["destination"]
        revision = tags.get("revision", [""])[0]
        return Report(
            delivery=kind,
            at=at,
            message_id=mail["messageId"],
            recipients=tuple(mailbox_of(address) for address in addresses),
            lasting=kind == "complained" or (kind == "bounced" and about.get("bounceType") == "Permanent"),
            backorder_id=tags.get("backorder_id", [None])[0],
            revision=int(revision) if revision else None,
            kind=tags.get("kind", [None])[0],
        )
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Malformed("this is not a report of SES about a mail") from error


_ABOUT: Mapping[Delivery, str] = {
    "delayed": "deliveryDelay",
    "delivered": "delivery",
    "bounced": "bounce",
    "complained": "complaint",
}
_WHOM: Mapping[Delivery, str] = {"bounced": "bouncedRecipients", "complained": "complainedRecipients"}


def take_report(report: Report, *, outcomes: Outcomes) -> Noted:
    """Note a report. The mailbox is closed first: a crash in between closes it again."""
    if report.lasting:
        for recipient in report.recipients:
            outcomes.suppress(recipient, report.delivery, report.at)
    key = ids.backorder_key(report.backorder_id) if report.backorder_id else None
    if key is None or report.revision is None:
        return "news" if report.lasting else "known"
    return outcomes.report(key, report)
