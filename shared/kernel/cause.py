"""What the work at hand is done for: the change, message or request that it follows from.

Whoever runs the work says so, and what is written meanwhile is marked with it: what came of a request can be walked
back from the mail to the request.
"""

from __future__ import annotations

_invocation: str | None = None
_cause: str | None = None


def begin(invocation: str | None) -> None:
    """Work begins of which no cause is known yet but the request or invocation itself; None: it is over."""
    global _invocation, _cause
    _invocation, _cause = invocation, None


def caused_by(id_: str | None) -> None:
    """From here on the work is done for this."""
    global _cause
    _cause = id_


def named() -> str | None:
    """What this work is done for, if that is one thing beside the invocation itself."""
    return _cause


def nearest() -> str | None:
    """That, or else the request or invocation; None outside of one."""
    return _cause or _invocation
