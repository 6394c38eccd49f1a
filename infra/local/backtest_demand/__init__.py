"""How good the demand forecasts would have been on real orders."""
