"""The tables on the operator's screen."""
