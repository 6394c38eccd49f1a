"""The operator's hands: `backorders ...`, over the same HTTP API that everybody uses."""
