"""The proof that the counts are right: one list of invariants, for the local run, tests, and exported dumps."""

from shared.audit.invariants import Violation, check, check_table

__all__ = ["Violation", "check", "check_table"]
