"""What every capability stands on: errors, clock, ids. Standard library only."""
