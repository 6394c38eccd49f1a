"""How good forecasts were: pinball loss and coverage."""

from __future__ import annotations


def pinball(forecast: float, actual: float, share: float) -> float:
    """Loss of one quantile forecast, in units (Koenker and Bassett, 1978): `share` per unit too low, the rest of it
    per unit too high. It is least on average for the true quantile, so it cannot be gained from by bending it."""
    return share * (actual - forecast) if actual >= forecast else (1 - share) * (forecast - actual)
