"""What a merchant offers to customers whose order comes later than they were told, within a budget."""
