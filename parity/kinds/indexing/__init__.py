"""What looks places up, or writes to them."""
