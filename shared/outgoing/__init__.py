"""HTTP requests to addresses that a merchant named. Nothing else leaves the service but through AWS."""
