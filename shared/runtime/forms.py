"""What a form sends back, and how it acts once.

A form carries a nonce that was made for it, so that a second click or a reload does nothing new; looking at the form
(mail scanners do, twice) writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from shared.kernel.errors import Malformed
from shared.runtime.http import Answer, Call
from shared.runtime.idempotency import answer_once

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
NONCE = "nonce"

_MOST_FIELDS = 10_000


def read_form(call: Call) -> dict[str, str]:
    """The fields of a form that was sent, values without spaces around them. Raises Malformed."""
    try:
        pairs = parse_qsl(
            call.body.strip(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise Malformed("the form cannot be read") from error
    fields = {name: value.strip() for name, value in pairs}
    if len(fields) != len(pairs):
        raise Malformed("a field of the form occurs twice")
    return fields


def read_one_click(call: Call) -> None:
    """The one field of a one-click unsubscription, in either form that RFC 8058 (3.2) allows. Raises Malformed."""
    from email import message_from_string  # only now: hardly any request needs it

    kind = call.headers.get("content-type", "")
    if kind.lower().startswith(MULTIPART):
        parts = message_from_string(f"Content-Type: {' '.join(kind.split())}\r\n\r\n{call.body}").get_payload()
        pairs = [
            (part.get_param("name", header="content-disposition"), str(part.get_payload()).strip())
            for part in (parts if isinstance(parts, list) else [])
            if not isinstance(part, str)
        ]
        given = dict(pairs).get("List-Unsubscribe")
    else:
        given = read_form(call).get("List-Unsubscribe")
    if given != "One-Click":
        raise Malformed("the form must have List-Unsubscribe=One-Click (RFC 8058)")


def act_once(call: Call, nonce: str, act: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """What `act` answers (a plain JSON object without floats), and whether it was done earlier under this nonce.

    Raises KeyReused when the nonce came with another content, InProgress while the first is still at it.
    """
    keyed = replace(call, idempotency_key=nonce)
    answer = answer_once(keyed, lambda: Answer(act()))
    return answer.body, "Idempotency-Replayed" in answer.headers
