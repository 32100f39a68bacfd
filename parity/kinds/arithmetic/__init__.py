"""Functions of each element, reductions, comparisons and types of number."""
