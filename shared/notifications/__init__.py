"""What customers and suppliers are told."""
