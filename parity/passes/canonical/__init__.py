"""One form of what is left: what has no effect, what is there twice, names of axes."""
