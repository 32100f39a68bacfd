"""What is stored and what follows from numbers alone: constants, masks, parts of weights, types of number."""
