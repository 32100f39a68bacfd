"""The order of axes: transpositions, batches, rows."""
