"""What may be in a message, how large it is, and its checksums."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

from infra.local.engine.sqs.errors import invalid_contents, invalid_parameter, missing_parameter

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IDENTIFIER = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_MAX_ATTRIBUTES = 10

Attributes = Mapping[str, Mapping[str, str]]


def check_body(body: Any) -> None:
    """Refuse an empty body and characters that XML does not have."""
    if not body:
        raise missing_parameter("MessageBody")
    if _FORBIDDEN.search(body):
        raise invalid_contents()


def check_identifier(parameter: str, value: str) -> None:
    """Refuse a message group id or deduplication id that SQS would not take."""
    if not _IDENTIFIER.fullmatch(value):
        reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid_parameter(parameter, value, reason)


def check_attributes(attributes: Attributes) -> None:
    """Refuse message attributes with an unknown type or without a value."""
    if len(attributes) > _MAX_ATTRIBUTES:
        reason = f"Number of message attributes exceeds the allowed maximum of {_MAX_ATTRIBUTES}."
        raise invalid_parameter("MessageAttributes", len(attributes), reason)
    for name, attribute in attributes.items():
        kind = attribute.get("DataType", "").split(".")[0]
        if kind not in ("String", "Number", "Binary"):
            raise invalid_parameter("DataType", kind, f"The type of message attribute '{name}' is invalid.")
        if not attribute.get(_value_member(attribute)):
            raise invalid_parameter("MessageAttributes", name, "The message attribute has no value.")


def size(body: str, attributes: Attributes) -> int:
    """Bytes that count towards the message size limit."""
    total = len(body.encode())
    for name, attribute in attributes.items():
        total += len(name.encode()) + len(attribute["DataType"].encode()) + len(_value(attribute))
    return total


def md5(text: str) -> str:
    """The checksum clients compare with what they sent."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def attributes_md5(attributes: Attributes) -> str | None:
    """Checksum over the message attributes in SQS's own serialization; None without attributes."""
    if not attributes:
        return None
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        marker = b"\x02" if attribute["DataType"].startswith("Binary") else b"\x01"
        value = _value(attribute)
        for part in (name.encode(), attribute["DataType"].encode()):
            digest.update(len(part).to_bytes(4, "big") + part)
        digest.update(marker + len(value).to_bytes(4, "big") + value)
    return digest.hexdigest()


def _value_member(attribute: Mapping[str, str]) -> str:
    return "BinaryValue" if attribute["DataType"].startswith("Binary") else "StringValue"


def _value(attribute: Mapping[str, str]) -> bytes:
    text = attribute.get(_value_member(attribute), "")
    return base64.b64decode(text) if attribute["DataType"].startswith("Binary") else text.encode()
