"""How long suppliers take, learned from what they did; orders that are still open count as open, not as never.

Per supplier a Kaplan-Meier curve over working time, shrunk to that of all suppliers; how far, and how fast the past is
forgotten, is fitted on the promises that would have been made. What those promises kept corrects the next ones.
"""
