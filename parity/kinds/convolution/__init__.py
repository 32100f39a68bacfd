"""Windows that slide over an image, and what undoes them."""
