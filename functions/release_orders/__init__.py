"""One door; see handler."""
