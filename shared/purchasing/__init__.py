"""Open demand into purchase orders."""
