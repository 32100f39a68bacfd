"""What acts in training only."""
