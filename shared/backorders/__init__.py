"""Recording, reading and changing a customer's backorder."""
