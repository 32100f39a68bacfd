"""What needs no value that comes in."""
