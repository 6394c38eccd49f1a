"""SES v2: accepts mail and keeps it in a mailbox."""

from __future__ import annotations

import base64
import email
import re
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import default as default_policy
from email.utils import getaddresses, parseaddr
from typing import Any

from infra.local.engine.archive import Archive
from infra.local.engine.errors import ServiceError, UnsupportedRequestError
from infra.local.engine.service import Answer, Clock, Operation, Params, Service, refuse_unknown

_MAX_RECIPIENTS = 50
_MAX_TAGS = 50
_LONGEST_NAME = 255
_ATTACHMENT_MEMBERS = frozenset(
    {"FileName", "RawContent", "ContentType", "ContentDisposition", "ContentTransferEncoding", "ContentDescription"}
)
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_MEMBERS = frozenset(
    {
        "FromEmailAddress",
        "Destination",
        "ReplyToAddresses",
        "Content",
        "EmailTags",
        "ConfigurationSetName",
    }
)


SIMULATOR = "simulator.amazonses.com"
_FATES = {
    "success": ("Send", "Delivery"),
    "bounce": ("Send", "Bounce"),
    "ooto": ("Send", "Delivery"),
    "complaint": ("Send", "Delivery", "Complaint"),
    "suppressionlist": ("Send", "Bounce"),
}
_TYPES = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
}


def _event(event: str, mail: dict[str, Any], address: str) -> dict[str, Any]:
    """The detail of an event as SES publishes it: the mail, and what happened to it."""
    at = mail["sent_at"].isoformat().replace("+00:00", "Z")
    tags = {name: [value] for name, value in mail["tags"].items()}
    if mail["configuration_set"]:
        tags["ses:configuration-set"] = [mail["configuration_set"]]
    about: dict[str, Any] = {"timestamp": at}
    if event == "Bounce":
        about |= {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": address}],
        }
    elif event == "Complaint":
        about |= {"complainedRecipients": [{"emailAddress": address}]}
    elif event == "Delivery":
        about |= {"recipients": [address]}
    return {
        "eventType": event,
        "mail": {"timestamp": at, "messageId": mail["message_id"], "destination": list(mail["to"]), "tags": tags},
        event.lower(): {} if event == "Send" else about,
    }


class Ses(Service):
    """SendEmail. `mailbox` holds every accepted mail in order, as plain dictionaries with the keys
    message_id, sent_at, from, to (a list: to, cc and bcc), reply_to, subject, text, html, tags, headers, attachments,
    configuration_set.

    What becomes of a mail goes to `reports` (detail type, detail), as AWS's own mailbox simulator decides it.
    The sender is checked against the verified identities once there is one.
    """

    name = "sesv2"

    def __init__(self, clock: Clock, account: str, region: str) -> None:
        super().__init__(clock, account, region)
        self._identities: set[str] = set()
        self._configuration_sets: set[str] = set()
        self.mailbox: Archive[dict[str, Any]] = Archive()
        self.reports: Callable[[str, dict[str, Any]], None] | None = None

    def create_identity(self, name: str) -> None:
        """Verify a domain or an address as a sender."""
        self._identities.add(name.lower())

    def create_configuration_set(self, name: str) -> None:
        """Create a configuration set."""
        self._configuration_sets.add(name)

    def operations(self) -> Mapping[str, Operation]:
        return {"SendEmail": self._send_email}

    def _send_email(self, params: Params) -> Answer:
        refuse_unknown("SendEmail", params, _MEMBERS)
        mail = self._mail(params)
        self._check_sender(mail["from"])
        _check_recipients(mail["to"])
        configuration_set = params.get("ConfigurationSetName")
        if configuration_set is not None and configuration_set not in self._configuration_sets:
            raise ServiceError("NotFoundException", f"Configuration set <{configuration_set}> does not exist.", 404)
        mail["tags"] = _tags(params.get("EmailTags", []))
        mail["configuration_set"] = configuration_set
        mail["message_id"] = f"{self.issue():016x}-{self.region}-000000"
        mail["sent_at"] = self.clock()
        self.mailbox.append(mail)
        self._report(mail)
        return {"MessageId": mail["message_id"]}

    def _report(self, mail: dict[str, Any]) -> None:
        """SES reports what becomes of a mail; here only for AWS's simulator addresses, whose fate is known at once."""
        for address in mail["to"]:
            name, _, domain = parseaddr(address)[1].lower().partition("@")
            if domain == SIMULATOR and self.reports is not None:
                for event in _FATES.get(name.partition("+")[0], ()):
                    self.reports(_TYPES[event], _event(event, mail, address))

    def _mail(self, params: Params) -> dict[str, Any]:
        content = params["Content"]
        if len(content) != 1:
            raise _bad_request("Content must have exactly one of Simple, Raw and Template.")
        if "Simple" in content:
            return _simple_mail(params, content["Simple"])
        if "Raw" in content:
            return _raw_mail(params, base64.b64decode(content["Raw"]["Data"]))
        raise UnsupportedRequestError("SendEmail: the local engine takes Simple and Raw content only")

    def _check_sender(self, sender: str) -> None:
        address = parseaddr(sender)[1].lower()
        _, at, domain = address.rpartition("@")
        if not at or not domain:
            raise _bad_request("Missing final '@domain'")
        if self._identities and not any(_covers(identity, address, domain) for identity in self._identities):
            raise ServiceError(
                "MessageRejected",
                "Email address is not verified. The following identities failed the check in region "
                f"{self.region.upper()}: {sender}",
            )


def _covers(identity: str, address: str, domain: str) -> bool:
    return identity in (address, domain) or domain.endswith("." + identity)


def _simple_mail(params: Params, simple: Params) -> dict[str, Any]:
    refuse_unknown("SendEmail Simple", simple, frozenset({"Subject", "Body", "Headers", "Attachments"}))
    body = simple["Body"]
    if not body.get("Text") and not body.get("Html"):
        raise _bad_request("Body must have Text or Html.")
    if "FromEmailAddress" not in params:
        raise _bad_request("FromEmailAddress is required.")
    return {
        "from": params["FromEmailAddress"],
        "to": _destination(params),
        "reply_to": list(params.get("ReplyToAddresses", [])),
        "subject": simple["Subject"]["Data"],
        "text": body.get("Text", {}).get("Data"),
        "html": body.get("Html", {}).get("Data"),
        "headers": {header["Name"]: header["Value"] for header in simple.get("Headers", [])},
        "attachments": [_attachment(one) for one in simple.get("Attachments", [])],
    }


def _attachment(params: Params) -> dict[str, Any]:
    refuse_unknown("SendEmail Attachment", params, _ATTACHMENT_MEMBERS)
    name = params["FileName"]
    if len(name) > _LONGEST_NAME or "." not in name:
        raise _bad_request(f"The attachment's file name is too long or has no extension: {name}")
    data = base64.b64decode(params["RawContent"], validate=True)
    if params.get("ContentTransferEncoding", "SEVEN_BIT") == "SEVEN_BIT" and not data.isascii():
        raise _bad_request(f"{name} has more than seven bits: ContentTransferEncoding must say so.")
    return {"file_name": name, "content_type": params.get("ContentType"), "data": data}


def _raw_mail(params: Params, data: bytes) -> dict[str, Any]:
    message = email.message_from_bytes(data, policy=default_policy)
    if not isinstance(message, EmailMessage) or not message.keys():
        raise _bad_request("Raw content is not a MIME message.")
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    in_headers = [str(value) for name in ("To", "Cc", "Bcc") for value in message.get_all(name, [])]
    return {
        "from": params.get("FromEmailAddress") or str(message.get("From", "")),
        "to": _destination(params) or [address for _, address in getaddresses(in_headers)],
        "reply_to": list(params.get("ReplyToAddresses", [])),
        "subject": str(message.get("Subject", "")),
        "text": text.get_content() if text else None,
        "html": html.get_content() if html else None,
        "headers": {name: str(value) for name, value in message.items()},
        "attachments": [
            {"file_name": part.get_filename(), "content_type": part.get_content_type(), "data": part.get_content()}
            for part in message.iter_attachments()
        ],
    }


def _destination(params: Params) -> list[str]:
    destination = params.get("Destination", {})
    return [
        address for member in ("ToAddresses", "CcAddresses", "BccAddresses") for address in destination.get(member, [])
    ]


def _check_recipients(recipients: list[str]) -> None:
    if not 1 <= len(recipients) <= _MAX_RECIPIENTS:
        raise _bad_request(f"A mail has 1 to {_MAX_RECIPIENTS} recipients.")
    for recipient in recipients:
        local, _, domain = parseaddr(recipient)[1].rpartition("@")
        if not local or not domain:
            raise _bad_request("Missing final '@domain'")
        if not local.isascii() or any(character.isspace() for character in local):
            raise _bad_request("Local address contains control or whitespace")


def _tags(tags: list[Params]) -> dict[str, str]:
    if len(tags) > _MAX_TAGS:
        raise _bad_request(f"More than {_MAX_TAGS} tags.")
    for tag in tags:
        for member in ("Name", "Value"):
            if not _TAG.fullmatch(tag[member]):
                raise _bad_request(f"Invalid tag {member.lower()} <{tag[member]}>.")
    return {tag["Name"]: tag["Value"] for tag in tags}


def _bad_request(message: str) -> ServiceError:
    return ServiceError("BadRequestException", message)
