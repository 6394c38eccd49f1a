"""The operator's screen: `Backorders now` for the business, `Plumbing` for the machinery."""
