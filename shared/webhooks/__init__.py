"""Events for shops outside AWS: signed HTTP requests after the Standard Webhooks specification."""
