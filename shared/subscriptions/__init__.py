"""Those who only ask to be told: one mail when an item can be had again, and an end to it with one click."""
