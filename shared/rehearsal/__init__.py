"""What would happen if: the real rules, played on a copy of what is there."""
