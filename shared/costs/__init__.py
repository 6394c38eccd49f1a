"""What the service costs: how much of AWS is consumed, at which price, for which step in the life of a line."""
