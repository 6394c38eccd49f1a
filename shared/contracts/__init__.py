"""Wire shapes: HTTP bodies, queue messages, published events."""
