"""SES v2: one mail, one attempt, and one more only where SES said that it took nothing because of its sending rate. SES
has no idempotency token, so an answer that never came is never asked for again.

Timeouts are those of the client factory, far below the functions' own: a slow answer ends inside the invocation
and is recorded as unknown there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from email.utils import formataddr
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

from shared.aws.clients import client
from shared.kernel import ids
from shared.notifications.ports import Attachment, Mail, MailRefused, MailThrottled, MailUnknown

__all__ = ["MailRefused", "MailUnknown", "Mailer"]

_NOT_IN_A_TAG = re.compile(r"[^A-Za-z0-9_-]")
_TAG_LENGTH = 256
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")

# The sending rate or the quota of 24 hours is used up ("Errors related to the sending quotas", SES developer guide).
_TOO_MANY = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})

# Raised before a byte of the request has left: no connection, or nothing to sign it with.
_NOTHING_SENT = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError)


class Mailer:
    """Sends from one verified address through one configuration set."""

    def __init__(
        self, sender: str, configuration_set: str | None = None, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.sender = sender
        self.configuration_set = configuration_set
        self._pause = pause

    def send(self, mail: Mail) -> str:
        """The SES message id. Raises MailRefused (nothing was sent; MailThrottled: SES takes no more for now) or
        MailUnknown (nobody knows).

        What is above the sending rate was not sent, so it is tried once more, up to a second later: that alone slows
        all senders down to about SES's usual rate, and a whole batch of such waits still ends within its time.
        """
        request = self._request(mail)
        try:
            return self._sent(request)
        except MailThrottled:
            self._pause(ids.jitter(1.0))
            return self._sent(request)

    def _sent(self, request: dict[str, Any]) -> str:
        ses = client("sesv2", attempts=1)
        try:
            answer = ses.send_email(**request)
        except ClientError as error:
            raise _outcome(error) from error
        except _NOTHING_SENT as error:
            raise MailRefused(f"SES was not reached: {type(error).__name__}", retry_after=2) from error
        except (BotoCoreError, OSError) as error:
            raise MailUnknown(f"SES did not answer: {type(error).__name__}") from error
        if not answer.get("MessageId"):
            raise MailUnknown("SES answered without a message id")
        return str(answer["MessageId"])

    def _request(self, mail: Mail) -> dict[str, Any]:
        for header in (mail.to, mail.subject, mail.reply_to or "", *mail.headers, *mail.headers.values()):
            if _CONTROL.search(header):
                raise MailRefused("an address, the subject or a header has control characters")
        request: dict[str, Any] = {
            "FromEmailAddress": self._from(mail.from_name),
            "Destination": {"ToAddresses": [mail.to]},
            "Content": {
                "Simple": {
                    "Subject": _content(mail.subject),
                    "Body": {"Text": _content(mail.text), "Html": _content(mail.html)},
                }
            },
            "EmailTags": [
                {"Name": name, "Value": _tag(value)}
                for name, value in {"kind": mail.kind, "locale": mail.locale, **mail.tags}.items()
            ],
        }
        if mail.attachments:
            request["Content"]["Simple"]["Attachments"] = [_attached(one) for one in mail.attachments]
        if mail.headers:
            request["Content"]["Simple"]["Headers"] = [{"Name": n, "Value": v} for n, v in mail.headers.items()]
        if mail.reply_to:
            request["ReplyToAddresses"] = [mail.reply_to]
        if self.configuration_set:
            request["ConfigurationSetName"] = self.configuration_set
        return request

    def _from(self, name: str) -> str:
        """The sender, under a display name where one is given (encoded by RFC 2047, never as raw text)."""
        shown = " ".join(_CONTROL.sub(" ", name).split())[:64]
        return formataddr((shown, self.sender)) if shown and "<" not in self.sender else self.sender


def _content(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _attached(attachment: Attachment) -> dict[str, Any]:
    """SES encodes the file for the mail; without being told it would assume that it has 7 bits only."""
    return {
        "FileName": attachment.file_name,
        "ContentType": attachment.media_type,
        "ContentDisposition": "ATTACHMENT",
        "ContentTransferEncoding": "BASE64",
        "RawContent": attachment.data,
    }


def _tag(value: str) -> str:
    """SES takes letters, digits, `_` and `-` only."""
    return _NOT_IN_A_TAG.sub("_", value)[:_TAG_LENGTH] or "_"


def _outcome(error: ClientError) -> MailRefused | MailUnknown:
    """An answer of 4xx is a refusal; of 5xx nobody knows how far it got."""
    code = error.response.get("Error", {}).get("Code", "Unknown")
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    if code in _TOO_MANY:
        return MailThrottled(f"SES takes no more mails for now: {code}", retry_after=2)
    if 400 <= status < 500:
        return MailRefused(f"SES refused the mail: {code}", retry_after=2)
    return MailUnknown(f"SES failed: {code} ({status})")
