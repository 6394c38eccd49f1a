"""What cannot be drawn."""

from __future__ import annotations


class NotDrawableError(Exception):
    """The widget uses something that the preview does not know; the text says what."""
