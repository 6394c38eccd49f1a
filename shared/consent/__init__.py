"""What the law of the customer's country asks of a delay: who has to be asked, until when, and what silence means."""
