"""What moves elements and changes none."""
