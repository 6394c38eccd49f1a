"""What an operator does by hand, against the local service or an AWS account. Nothing of it is deployed."""
