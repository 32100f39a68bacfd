"""A package of somebody's own that adds one of everything to parity, a file each."""
