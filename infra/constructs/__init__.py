"""One file per kind of construct; the stack composes them in the order of the process."""
