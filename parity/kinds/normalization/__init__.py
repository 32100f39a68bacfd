"""What brings numbers to a mean and a variance."""
