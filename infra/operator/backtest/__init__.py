"""How good the promised dates would have been: past orders, promised one by one as the service would have."""
