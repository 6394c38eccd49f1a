"""What is known of a person, handed out on request, and taken away without a unit going missing."""
