"""How many units of each SKU will be asked for: a distribution, learned from the SKU's own past and its shop's."""
