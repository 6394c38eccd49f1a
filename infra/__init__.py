"""The stack: the only place that says which function is fed by what, and what it may do."""
