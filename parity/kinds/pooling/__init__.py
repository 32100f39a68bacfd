"""Windows of which one number is left, and whole images of which one is left."""
