"""One folder per door: decode, call one use case, encode."""
