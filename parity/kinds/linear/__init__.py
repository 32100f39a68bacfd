"""Products with stored matrices and of values."""
