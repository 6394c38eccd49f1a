"""The stack's own dashboards, drawn from the local metrics: what an operator would see, without an account."""
