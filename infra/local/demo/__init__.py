"""The demo: replays an order book through the HTTP API of the local runner and reports what became of it."""
