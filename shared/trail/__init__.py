"""What operators did that no order, ledger or purchase order remembers by itself: who, when, why."""
